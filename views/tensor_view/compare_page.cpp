// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/compare_page.h"

#include "engine/base/text.h"
#include "engine/formats/npz.h"
#include "engine/formats/tensor_file.h"
#include "views/tensor_view/number_format.h"

#include <QBoxLayout>
#include <QFileDialog>
#include <QFileInfo>

namespace orrery::tensor_view {
namespace {

enum Figure { Largest, Mean, Rms, RelativeL2, Cosine, Different, figures };

struct Compared {
    std::optional<Error> error;
    debug::TensorDifference difference;
    SubjectPointer subject; // of the difference
};

Compared compared(const SubjectPointer& subject, const graph::Tensor& other)
{
    auto difference = debug::difference(subject->tensor(), other);
    if (!difference.ok())
        return {.error = difference.releaseError(), .difference = {}, .subject = {}};
    Compared result{.error = {}, .difference = *difference, .subject = {}};
    auto made = std::make_shared<Subject>();
    made->name = subject->name;
    made->elements = {subject->tensor(), other};
    made->statistics.max = difference->maxAbsolute;
    made->statistics.min = -difference->maxAbsolute;
    const debug::TensorStatistics others = debug::statistics(other);
    made->statistics.nans = subject->statistics.nans + others.nans;
    made->statistics.infinities = subject->statistics.infinities + others.infinities;
    result.subject = made;
    return result;
}

// Of an archive the tensor that is named like the subject, or the only one.
Result<graph::Tensor> tensorIn(const std::string& path, const SubjectPointer& subject)
{
    if (!QString::fromStdString(path).endsWith(".npz", Qt::CaseInsensitive))
        return formats::readTensor(path);
    auto tensors = TRY(formats::readNpz(path));
    if (const auto named = subject ? tensors.find(subject->name) : tensors.end(); named != tensors.end())
        return named->second;
    if (tensors.size() == 1)
        return tensors.begin()->second;
    std::string names;
    for (const auto& [name, tensor] : tensors)
        names += (names.empty() ? "" : ", ") + displayText(name, 80);
    return Error{ErrorCode::Usage,
                 "none of its " + std::to_string(tensors.size()) +
                     " tensors is named like this one; it has: " + displayText(names, 300),
                 displayText(path)};
}

QString place(const graph::Dims& dims, std::int64_t flat)
{
    QStringList indices;
    for (std::int64_t index : debug::indexOf(dims, flat))
        indices << QString::number(index);
    return "[" + indices.join(", ") + "]";
}

} // namespace

ComparePage::ComparePage(QWidget* parent)
    : QWidget(parent)
    , m_choice(new QComboBox(this))
    , m_message(new QLabel(this))
    , m_figures(new QWidget(this))
    , m_grid(new QGridLayout(m_figures))
    , m_worst(new QPushButton(this))
    , m_map(new HeatMapPage(this))
{
    m_choice->setAccessibleName(tr("Compare with"));
    m_choice->setMinimumContentsLength(12);
    m_choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_message->setTextFormat(Qt::PlainText);
    m_message->setWordWrap(true);
    m_grid->setContentsMargins(0, 0, 0, 0);
    m_grid->setHorizontalSpacing(10);
    m_grid->setVerticalSpacing(2);
    const char* titles[] = {QT_TR_NOOP("largest"), QT_TR_NOOP("mean"),   QT_TR_NOOP("RMS"),
                            QT_TR_NOOP("rel. L2"), QT_TR_NOOP("cosine"), QT_TR_NOOP("different")};
    for (int i = 0; i < figures; ++i) {
        m_keys.push_back(new QLabel(tr(titles[i]), m_figures));
        m_values.push_back(new QLabel(m_figures));
        for (QLabel* label : {m_keys.back(), m_values.back()})
            label->setTextFormat(Qt::PlainText);
        m_values.back()->setTextInteractionFlags(Qt::TextSelectableByMouse);
        m_grid->addWidget(m_keys.back(), i / 2, i % 2 * 2);
        m_grid->addWidget(m_values.back(), i / 2, i % 2 * 2 + 1);
    }
    m_grid->setColumnStretch(1, 1);
    m_grid->setColumnStretch(3, 1);
    auto* top = new QHBoxLayout;
    top->setSpacing(6);
    auto* with = new QLabel(tr("With"), this);
    with->setTextFormat(Qt::PlainText);
    top->addWidget(with);
    top->addWidget(m_choice, 1);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 8, 0);
    column->setSpacing(6);
    column->addLayout(top);
    column->addWidget(m_message);
    column->addWidget(m_figures);
    column->addWidget(m_worst, 0, Qt::AlignLeft);
    column->addWidget(m_map, 1);
    column->addStretch();
    m_map->layout()->setContentsMargins(0, 0, 0, 6);
    setChoices({});
    connect(m_choice, &QComboBox::activated, this, [this](int at) {
        if (at == m_choice->count() - 1)
            pickFile();
        else if (at > 0)
            emit otherChosen(at - 1);
    });
    connect(m_worst, &QPushButton::clicked, this, [this] { emit chosen(m_difference->worst); });
    connect(m_map, &HeatMapPage::chosen, this, &ComparePage::chosen);
    showFigures();
}

void ComparePage::setTheme(const theme::Theme& theme)
{
    m_map->setTheme(theme);
    for (QLabel* label : m_values)
        label->setFont(theme.font(theme::FontRole::Mono));
    for (QLabel* label : m_keys) {
        QPalette colors = label->palette();
        colors.setColor(QPalette::WindowText, theme.color(theme::Role::TextMuted));
        label->setPalette(colors);
    }
}

void ComparePage::setContent(SubjectPointer subject, const SliceView& slice)
{
    const bool isSame = subject == m_subject;
    m_subject = std::move(subject);
    m_slice = slice;
    if (!isSame || m_difference)
        compare();
}

void ComparePage::setChoices(const QStringList& titles)
{
    if (titles == m_titles && m_choice->count() > 0)
        return;
    m_titles = titles;
    m_choice->clear();
    m_choice->addItem(m_otherTitle.isEmpty() ? tr("choose …") : m_otherTitle);
    m_choice->addItems(titles);
    m_choice->addItem(tr("A file (.npy, .pb, .npz) …"));
}

void ComparePage::setOther(const QString& title, const graph::Tensor& tensor)
{
    m_otherTitle = title;
    m_other = tensor;
    m_choice->setItemText(0, title);
    m_choice->setCurrentIndex(0);
    compare();
}

void ComparePage::showMessage(const QString& text)
{
    m_task.cancel();
    m_difference.reset();
    m_map->setContent(nullptr, {});
    m_message->setText(text);
    showFigures();
}

void ComparePage::pickFile()
{
    m_choice->setCurrentIndex(0);
    const QString path =
        QFileDialog::getOpenFileName(this, tr("Compare with a tensor"), {}, tr("Tensors (*.npy *.pb *.npz)"));
    if (!path.isEmpty())
        openFile(path);
}

void ComparePage::openFile(const QString& path)
{
    showMessage(tr("Reading …"));
    m_task.submit(
        [path = path.toStdString(), subject = m_subject](std::stop_token) { return tensorIn(path, subject); },
        [this, path](Result<graph::Tensor> tensor) {
            if (tensor.ok())
                setOther(QFileInfo(path).fileName(), *tensor);
            else
                showMessage(QString::fromStdString(displayText(tensor.error().text(), 600)));
        });
}

void ComparePage::compare()
{
    if (!m_subject || !m_other.defined()) {
        showMessage(
            tr("Choose what to compare with: a pinned tensor, another value, or a file. Pin this one to "
               "compare it with itself at another event or on another branch."));
        return;
    }
    m_task.submit(
        [subject = m_subject, other = m_other](std::stop_token) { return compared(subject, other); },
        [this](const Compared& result) {
            if (result.error)
                return showMessage(QString::fromStdString(result.error->message));
            m_difference = result.difference;
            m_message->clear();
            m_map->setContent(result.subject, m_slice);
            showFigures();
        });
}

void ComparePage::showFigures()
{
    const bool shown = m_difference.has_value();
    m_message->setVisible(!shown || m_difference->worst < 0);
    m_figures->setVisible(shown);
    m_worst->setVisible(shown && m_difference->worst >= 0);
    m_map->setVisible(shown && m_difference->worst >= 0);
    if (!shown)
        return;
    const auto text = [](double value) {
        return QString::fromStdString(numberText(value, {Notation::General, 4}));
    };
    m_values[Largest]->setText(text(m_difference->maxAbsolute));
    m_values[Mean]->setText(text(m_difference->meanAbsolute));
    m_values[Rms]->setText(text(m_difference->rms));
    m_values[RelativeL2]->setText(text(m_difference->relativeL2));
    m_values[Cosine]->setText(QString::number(m_difference->cosine, 'g', 7));
    m_values[Different]->setText(
        tr("%L1 of %L2").arg(m_difference->different).arg(m_subject->tensor().elementCount()));
    if (m_difference->mismatches > 0)
        m_values[Different]->setToolTip(
            tr("%L1 are NaN or infinite on one side only").arg(m_difference->mismatches));
    if (m_difference->worst < 0)
        m_message->setText(tr("Every element is equal."));
    else
        m_worst->setText(tr("Worst at %1").arg(place(m_subject->dims(), m_difference->worst)));
}

} // namespace orrery::tensor_view
