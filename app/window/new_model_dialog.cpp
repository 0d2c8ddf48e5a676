// SPDX-License-Identifier: Apache-2.0
#include "app/window/new_model_dialog.h"

#include "app/window/main_window.h"
#include "engine/base/text.h"
#include "views/panels/attribute_text.h"
#include "views/panels/empty_state.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>

namespace orrery::window {
namespace {

using edit::Template;

QSpinBox* spin(int least, int most, const char* name, QWidget* parent)
{
    auto* field = new QSpinBox(parent);
    field->setObjectName(name);
    field->setRange(least, most);
    field->setGroupSeparatorShown(true);
    return field;
}

QString about(Template kind)
{
    switch (kind) {
    case Template::Empty:
        return NewModelDialog::tr("No nodes yet: add an input, then insert operators.");
    case Template::Mlp:
        return NewModelDialog::tr("Fully connected layers with Relu between them, and a Softmax.");
    case Template::Cnn:
        return NewModelDialog::tr("3×3 convolutions with Relu and pooling, averaged, and a Softmax.");
    case Template::Transformer:
        return NewModelDialog::tr("Blocks of self-attention and a feed-forward part, each normalized before "
                                  "and added to its input.");
    case Template::Lstm:
        return NewModelDialog::tr("Layers of LSTM over a sequence; its last step is classified.");
    }
    return {};
}

// A name that is fit for a file.
QString fileNameOf(const QString& name)
{
    const QString fit = QString(name).replace(QRegularExpression("[^A-Za-z0-9_.-]+"), "_").left(100);
    return fit.isEmpty() || fit.startsWith('.') ? QStringLiteral("model") : fit;
}

} // namespace

NewModelDialog::NewModelDialog(MainWindow& window)
    : QDialog(&window)
    , m_window(window)
    , m_kind(new QComboBox(this))
    , m_name(new QLineEdit(this))
    , m_hidden(new QLineEdit(this))
    , m_opset(spin(1, 25, "newOpset", this))
    , m_inputs(spin(1, 1 << 20, "newInputs", this))
    , m_size(spin(1, 1 << 14, "newSize", this))
    , m_heads(spin(1, 1024, "newHeads", this))
    , m_classes(spin(1, 1 << 20, "newClasses", this))
    , m_seed(spin(0, 1'000'000'000, "newSeed", this))
    , m_about(panels::plainLabel({}, this))
    , m_error(panels::plainLabel({}, this))
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this))
{
    setObjectName("newModel");
    setWindowTitle(tr("New model"));
    setAttribute(Qt::WA_DeleteOnClose);
    setMinimumWidth(420);
    m_kind->setObjectName("newKind");
    m_kind->addItems({tr("Empty"), tr("MLP"), tr("CNN"), tr("Transformer block"), tr("LSTM")});
    m_name->setObjectName("newName");
    m_hidden->setObjectName("newHidden");
    m_hidden->setToolTip(tr("One number for each layer: 64, 64"));
    m_about->setWordWrap(true);
    panels::setColor(m_about, window.theme().color(theme::Role::TextMuted));
    m_error->setWordWrap(true);
    panels::setColor(m_error, window.theme().color(theme::Role::Error));
    m_buttons->button(QDialogButtonBox::Ok)->setText(tr("Create"));

    m_form = new QFormLayout(this);
    m_form->setContentsMargins(16, 16, 16, 12);
    m_form->setSpacing(10);
    m_form->addRow(tr("&Model"), m_kind);
    m_form->addRow(m_about);
    m_form->addRow(tr("&Name"), m_name);
    m_form->addRow(tr("&Opset"), m_opset);
    m_form->addRow(tr("&Inputs"), m_inputs);
    m_form->addRow(tr("Si&ze"), m_size);
    m_form->addRow(tr("&Layers"), m_hidden);
    m_form->addRow(tr("&Heads"), m_heads);
    m_form->addRow(tr("&Classes"), m_classes);
    m_form->addRow(tr("&Seed"), m_seed);
    m_form->addRow(m_error);
    m_form->addRow(m_buttons);
    connect(m_kind, &QComboBox::currentIndexChanged, this, &NewModelDialog::showFields);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_buttons, &QDialogButtonBox::accepted, this, &NewModelDialog::make);
    showFields();
    m_kind->setFocus();
}

Template NewModelDialog::kind() const { return Template(m_kind->currentIndex()); }

void NewModelDialog::showFields()
{
    const edit::TemplateOptions options = edit::defaultsOf(kind());
    const bool isEmpty = kind() == Template::Empty;
    const bool isTransformer = kind() == Template::Transformer;
    m_about->setText(about(kind()));
    m_name->setText(QString::fromStdString(options.name));
    m_opset->setValue(int(options.opset));
    m_inputs->setValue(int(options.inputs));
    m_size->setValue(int(options.size));
    m_heads->setValue(int(options.heads));
    m_classes->setValue(int(options.classes));
    m_seed->setValue(int(options.seed));
    m_hidden->setText(QString::fromStdString(
        panels::shapeText(graph::Shape::of(graph::Dims(options.hidden.begin(), options.hidden.end())))));
    auto setShown = [this](QWidget* field, bool isShown, const QString& label = {}) {
        m_form->setRowVisible(field, isShown);
        if (auto* text = qobject_cast<QLabel*>(m_form->labelForField(field)); text && !label.isEmpty())
            text->setText(label);
    };
    setShown(m_inputs, !isEmpty,
             kind() == Template::Cnn ? tr("&Input channels")
             : isTransformer         ? tr("W&idth")
                                     : tr("&Inputs"));
    setShown(m_size, kind() == Template::Cnn, tr("Picture si&ze"));
    setShown(m_hidden, !isEmpty,
             kind() == Template::Cnn ? tr("Channels of each &layer")
             : isTransformer         ? tr("Feed-forward width of each b&lock")
                                     : tr("Width of each &layer"));
    setShown(m_heads, isTransformer);
    setShown(m_classes, !isEmpty && !isTransformer);
    setShown(m_seed, !isEmpty);
    tell({});
    adjustSize();
}

void NewModelDialog::tell(const QString& text)
{
    m_error->setText(text);
    m_form->setRowVisible(m_error, !text.isEmpty());
}

void NewModelDialog::make()
{
    const auto hidden = panels::parseDims(m_hidden->text().toStdString());
    if (!hidden.ok()) {
        m_hidden->setFocus();
        return tell(tr("Layers: expected numbers such as 64, 64"));
    }
    edit::TemplateOptions options;
    options.kind = kind();
    options.name = m_name->text().trimmed().toStdString();
    options.opset = m_opset->value();
    options.seed = std::uint64_t(m_seed->value());
    options.inputs = m_inputs->value();
    options.size = m_size->value();
    options.hidden.assign(hidden->begin(), hidden->end());
    options.heads = m_heads->value();
    options.classes = m_classes->value();
    m_buttons->button(QDialogButtonBox::Ok)->setEnabled(false);
    m_task.submit([options](std::stop_token) { return edit::makeTemplate(options); },
                  [this](Result<graph::Model> model) {
                      m_buttons->button(QDialogButtonBox::Ok)->setEnabled(true);
                      if (!model.ok())
                          return tell(QString::fromStdString(displayText(model.error().text(), 500)));
                      m_window.document().openNew(*model, fileNameOf(m_name->text().trimmed()));
                      accept();
                  });
}

void newModel(MainWindow& window)
{
    if (window.mayLeave())
        (new NewModelDialog(window))->open();
}

} // namespace orrery::window
