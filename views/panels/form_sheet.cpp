// SPDX-License-Identifier: Apache-2.0
#include "views/panels/form_sheet.h"

#include "engine/base/text.h"
#include "views/document/document.h"
#include "views/models/row_table_model.h"
#include "views/panels/empty_state.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCompleter>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QToolButton>
#include <QVBoxLayout>
#include <QWheelEvent>

#include <limits>
#include <memory>

namespace orrery::panels {

using theme::FontRole;
using theme::Role;

namespace {

constexpr char formName[] = "form";
constexpr char committedText[] = "committedText"; // of a line: what the model holds

// The wheel scrolls the sheet; it changes nothing on its way.
class NoWheel final : public QObject {
public:
    using QObject::QObject;

protected:
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (event->type() != QEvent::Wheel)
            return QObject::eventFilter(watched, event);
        event->ignore();
        return true;
    }
};

class LongText final : public QPlainTextEdit {
public:
    using QPlainTextEdit::QPlainTextEdit;
    std::function<void()> left;

protected:
    void focusOutEvent(QFocusEvent* event) override
    {
        QPlainTextEdit::focusOutEvent(event);
        if (left)
            left();
    }
};

QLabel* errorLabel(const QWidget* field) { return field->parentWidget()->findChild<QLabel*>("error"); }

QString errorOf(const QWidget* field)
{
    const QLabel* label = errorLabel(field);
    return label ? label->text() : QString();
}

// An empty one takes it away.
void showError(QWidget* field, QLabel* label, const QString& error, const theme::Theme& theme)
{
    if (label) {
        label->setText(error);
        label->setVisible(!error.isEmpty());
    }
    field->setStyleSheet(error.isEmpty() ? QString()
                                         : QString("border-color: %1;").arg(theme.color(Role::Error).name()));
}

void setPale(QWidget* field, const QColor& color)
{
    QPalette palette = field->palette();
    for (auto role : {QPalette::Text, QPalette::WindowText, QPalette::ButtonText})
        palette.setColor(role, color);
    field->setPalette(palette);
}

} // namespace

FormSheet::FormSheet(const theme::Theme& theme, QWidget* parent)
    : PropertySheet(theme, parent)
{
    setObjectName(formName);
}

QToolButton* FormSheet::smallButton(const QString& id, const QString& text, const QString& toolTip,
                                    std::function<void()> run)
{
    auto* button = new QToolButton(this);
    button->setObjectName(id);
    button->setText(text);
    button->setToolTip(models::escapedToolTip(toolTip));
    button->setAccessibleName(toolTip);
    button->setAutoRaise(true);
    button->setFixedSize(24, 26);
    button->setStyleSheet("padding: 0;");
    connect(button, &QToolButton::clicked, this, [run = std::move(run)] { run(); });
    return button;
}

FormSheet::Framed FormSheet::framed(QWidget* field)
{
    auto* frame = new QWidget(this);
    auto* column = new QVBoxLayout(frame);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(1);
    column->addWidget(field);
    QLabel* error = plainLabel({}, frame);
    error->setObjectName("error");
    error->setWordWrap(true);
    error->setFont(theme().font(FontRole::Small));
    error->setMinimumWidth(40);
    setColor(error, theme().color(Role::Error));
    error->hide();
    column->addWidget(error);
    return {frame, error};
}

void FormSheet::add(const FieldSpec& spec, QWidget* field, QWidget* frame)
{
    field->setObjectName(spec.id);
    field->setAccessibleName(spec.key);
    field->setToolTip(models::escapedToolTip(spec.toolTip));
    field->setMinimumWidth(60);
    field->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    field->setFocusPolicy(Qt::StrongFocus);
    field->installEventFilter(new NoWheel(field));
    std::vector<QWidget*> trailing = spec.trailing;
    if (spec.reset)
        trailing.push_back(
            smallButton(spec.id + ".reset", QString(QChar(0x21ba)), tr("Back to the default"), spec.reset));
    widgetRow(spec.key, spec.toolTip, frame, trailing);
    for (QWidget* before = field; QWidget * button : trailing) {
        setTabOrder(before, button);
        before = button;
    }
}

// What it returns says whether the text was taken.
std::function<bool(const QString&)> FormSheet::committer(const FieldSpec& spec, QWidget* field, QLabel* error)
{
    return [this, commit = spec.commit, field, error](const QString& text) {
        const QString wrong = commit ? commit(text) : QString();
        error->setText(wrong);
        error->setVisible(!wrong.isEmpty());
        field->setStyleSheet(wrong.isEmpty()
                                 ? QString()
                                 : QString("border-color: %1;").arg(theme().color(Role::Error).name()));
        return wrong.isEmpty();
    };
}

// Fields lay out all of their text at once. What nobody typed is told instead, and can be typed over.
FormSheet::FieldSpec FormSheet::typeable(FieldSpec spec)
{
    constexpr qsizetype most = 16'384, shownOfIt = 60;
    if (spec.text.size() > most) {
        spec.placeholder =
            tr("%1… (%n characters)", nullptr, int(spec.text.size())).arg(spec.text.left(shownOfIt));
        spec.text.clear();
    }
    spec.suggestions.removeIf([](const QString& each) { return each.size() > most; });
    return spec;
}

QLineEdit* FormSheet::text(const FieldSpec& asked)
{
    const FieldSpec spec = typeable(asked);
    auto* field = new QLineEdit(spec.text, this);
    field->setPlaceholderText(spec.placeholder);
    field->setCursorPosition(0);
    field->setProperty(committedText, spec.text);
    if (!spec.commit)
        field->setReadOnly(true);
    if (!spec.suggestions.isEmpty()) {
        auto* completer = new QCompleter(spec.suggestions, field);
        completer->setCaseSensitivity(Qt::CaseInsensitive);
        completer->setFilterMode(Qt::MatchContains);
        field->setCompleter(completer);
    }
    const Framed frame = framed(field);
    auto commit = committer(spec, field, frame.error);
    connect(field, &QLineEdit::editingFinished, this, [this, field, commit, error = frame.error] {
        if (field->text() == field->property(committedText).toString()) {
            showError(field, error, {}, theme());
            return;
        }
        if (commit(field->text()))
            field->setProperty(committedText, field->text());
    });
    add(spec, field, frame.frame);
    return field;
}

void FormSheet::choice(const FieldSpec& spec, const QStringList& choices, bool isPale)
{
    auto* field = new QComboBox(this);
    field->addItems(choices);
    field->setCurrentIndex(int(choices.indexOf(spec.text)));
    field->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    field->setMinimumContentsLength(6);
    if (isPale)
        setPale(field, theme().color(Role::TextMuted));
    const Framed frame = framed(field);
    connect(field, &QComboBox::textActivated, this, committer(spec, field, frame.error));
    add(spec, field, frame.frame);
}

void FormSheet::check(const FieldSpec& spec, const QString& label, bool isChecked, bool isPale)
{
    auto* field = new QCheckBox(label, this);
    field->setChecked(isChecked);
    field->setFixedHeight(26);
    if (isPale)
        setColor(field, theme().color(Role::TextMuted));
    const Framed frame = framed(field);
    connect(field, &QCheckBox::clicked, this,
            [commit = committer(spec, field, frame.error)](bool on) { commit(on ? "1" : "0"); });
    add(spec, field, frame.frame);
}

void FormSheet::integer(const FieldSpec& spec, int value, bool isPale)
{
    auto* field = new QSpinBox(this);
    field->setRange(std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
    field->setKeyboardTracking(false);
    field->setValue(value);
    if (isPale)
        setPale(field, theme().color(Role::TextMuted));
    const Framed frame = framed(field);
    auto commit = committer(spec, field, frame.error);
    connect(field, &QSpinBox::valueChanged, this, [commit](int now) { commit(QString::number(now)); });
    if (isPale) { // typing the default makes it explicit
        auto isTyped = std::make_shared<bool>(false);
        connect(field->findChild<QLineEdit*>(), &QLineEdit::textEdited, this, [isTyped] { *isTyped = true; });
        connect(field, &QSpinBox::editingFinished, this, [field, commit, value, isTyped] {
            if (*isTyped && field->value() == value)
                commit(QString::number(value));
            *isTyped = false;
        });
    }
    add(spec, field, frame.frame);
}

void FormSheet::longText(const FieldSpec& asked)
{
    const FieldSpec spec = typeable(asked);
    auto* field = new LongText(spec.text, this);
    field->setPlaceholderText(spec.placeholder);
    field->setTabChangesFocus(true);
    field->setFixedHeight(3 * field->fontMetrics().lineSpacing() + 14);
    const Framed frame = framed(field);
    field->left = [field, before = spec.text, commit = committer(spec, field, frame.error)] {
        if (field->toPlainText() != before)
            commit(field->toPlainText());
    };
    add(spec, field, frame.frame);
}

void FormSheet::action(const QString& id, const QString& text, const QString& toolTip,
                       std::function<void()> run)
{
    auto* button = new QPushButton(text, this);
    button->setObjectName(id);
    button->setToolTip(models::escapedToolTip(toolTip));
    button->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    connect(button, &QPushButton::clicked, this, [run = std::move(run)] { run(); });
    widgetRow({}, {}, button);
}

FormState FormSheet::state() const
{
    FormState state;
    for (const QLineEdit* line : findChildren<QLineEdit*>()) {
        const QVariant committed = line->property(committedText);
        if (committed.isValid() && line->text() != committed.toString())
            state.unfinished[line->objectName()] = {line->text(), errorOf(line)};
        if (line->hasFocus())
            state.cursor = line->cursorPosition();
    }
    for (const QPlainTextEdit* lines : findChildren<QPlainTextEdit*>())
        if (lines->document()->isModified())
            state.unfinished[lines->objectName()] = {lines->toPlainText(), errorOf(lines)};
    if (const QWidget* focused = window()->focusWidget(); focused && isAncestorOf(focused))
        state.focused = focused->objectName().startsWith("qt_") ? focused->parentWidget()->objectName()
                                                                : focused->objectName();
    return state;
}

void FormSheet::restore(const FormState& state)
{
    for (auto it = state.unfinished.begin(); it != state.unfinished.end(); ++it) {
        if (it.key().isEmpty())
            continue;
        QWidget* field = nullptr;
        if (auto* line = findChild<QLineEdit*>(it.key())) {
            line->setText(it->text);
            field = line;
        } else if (auto* lines = findChild<QPlainTextEdit*>(it.key())) {
            lines->setPlainText(it->text);
            lines->document()->setModified(true);
            field = lines;
        }
        if (field && !it->error.isEmpty())
            showError(field, errorLabel(field), it->error, theme());
    }
    if (state.focused.isEmpty())
        return;
    if (auto* field = findChild<QWidget*>(state.focused)) {
        field->setFocus();
        if (auto* line = qobject_cast<QLineEdit*>(field))
            line->setCursorPosition(state.cursor);
    }
}

bool FormSheet::focusFirst()
{
    for (QWidget* widget : findChildren<QWidget*>())
        if (auto* line = qobject_cast<QLineEdit*>(widget);
            line && !line->isReadOnly() && line->property(committedText).isValid()) {
            line->setFocus(Qt::ShortcutFocusReason);
            line->selectAll();
            return true;
        }
    return false;
}

bool focusForm(const QWidget& window)
{
    auto* sheet = dynamic_cast<FormSheet*>(window.findChild<QWidget*>(formName));
    return sheet && sheet->focusFirst();
}

QString tryEdit(document::Document& document, const Result<graph::Edit>& edit)
{
    QString why;
    QObject context;
    QObject::connect(&document.editor(), &document::Editor::refused, &context,
                     [&why](const QString& text) { why = text; });
    if (document.editor().apply(edit))
        return {};
    return why.isEmpty() ? FormSheet::tr("The model cannot be edited now.") : why;
}

} // namespace orrery::panels
