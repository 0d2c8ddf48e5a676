// SPDX-License-Identifier: Apache-2.0
#include "views/panels/tensor_form.h"

#include "engine/debug/tensor_source.h"
#include "engine/edit/actions.h"
#include "engine/formats/tensor_file.h"
#include "views/models/tables.h"
#include "views/panels/attribute_form.h"
#include "views/panels/attribute_text.h"
#include "views/panels/empty_state.h"
#include "views/panels/form_sheet.h"
#include "views/tensor_view/cell_grid.h"
#include "views/tensor_view/slice_bar.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QGridLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace orrery::panels {
namespace {

using debug::WantedTensor;
using document::Document;
using models::shown;

enum Source : int { Expression, File };

// Any shape of the same number of elements will do where no numbers are asked for.
Result<graph::Tensor> reshaped(const graph::Tensor& now, const WantedTensor& wanted)
{
    graph::Tensor tensor = TRY(debug::fitted(now, {wanted.type, {}}));
    std::int64_t count = 1;
    for (std::int64_t dim : *wanted.dims)
        count = graph::byteSizeOf(graph::DataType::UInt8, *wanted.dims) ? count * dim : -1;
    if (count == tensor.elementCount())
        return tensor.reshaped(*wanted.dims);
    return debug::fitted(tensor, wanted);
}

} // namespace

TensorForm::TensorForm(Document& document, const theme::Theme& theme, Subject subject, QWidget* parent)
    : QDialog(parent)
    , m_document(document)
    , m_errorColor(theme.color(theme::Role::Error))
    , m_mutedColor(theme.color(theme::Role::TextMuted))
{
    setObjectName("tensorForm");
    setAttribute(Qt::WA_DeleteOnClose);
    build(theme);
    show(std::move(subject));
    resize(620, m_subject.isNew ? 380 : 520);
    // What it would change may not be there any more.
    connect(&document, &Document::contentChanged, this, &QDialog::reject);
}

TensorForm::~TensorForm() = default;

void TensorForm::build(const theme::Theme& theme)
{
    m_text = plainLabel({}, this);
    m_text->setWordWrap(true);
    setColor(m_text, m_mutedColor);
    m_input = new QComboBox(this);
    m_input->setObjectName("tensorInput");
    m_inputLabel = plainLabel(tr("Input"), this);
    m_name = new QLineEdit(this);
    m_name->setObjectName("tensorName");
    m_type = new QComboBox(this);
    m_type->setObjectName("tensorType");
    m_type->addItems(elementTypeNames());
    m_shape = new QLineEdit(this);
    m_shape->setObjectName("tensorShape");
    m_shape->setPlaceholderText(tr("64,3,3,3 – or scalar"));
    m_source = new QComboBox(this);
    m_source->setObjectName("tensorSource");
    m_source->addItems({tr("Expression"), tr("File")});
    m_values = new QLineEdit(this);
    m_values->setObjectName("tensorValues");
    m_browse = new QPushButton(tr("&Browse …"), this);
    auto* preview = new QPushButton(tr("&Preview"), this);
    preview->setObjectName("tensorPreview");
    for (QPushButton* button : {m_browse, preview})
        button->setAutoDefault(false);
    m_message = plainLabel({}, this);
    m_message->setObjectName("tensorMessage");
    m_message->setWordWrap(true);
    m_slice = new tensor_view::SliceBar(this);
    m_slice->setTheme(theme);
    m_grid = new tensor_view::CellGrid(this);
    m_grid->setObjectName("tensorCells");
    m_grid->setTheme(theme);
    m_grid->setEditable(true);
    m_buttons = new QDialogButtonBox(QDialogButtonBox::Apply | QDialogButtonBox::Cancel, this);
    m_buttons->button(QDialogButtonBox::Apply)->setDefault(true);

    auto* fields = new QGridLayout;
    fields->setHorizontalSpacing(10);
    fields->setVerticalSpacing(6);
    auto put = [&](int row, QLabel* label, QWidget* field, int span = 3) {
        label->setBuddy(field);
        fields->addWidget(label, row, 0);
        fields->addWidget(field, row, 1, 1, span);
    };
    auto label = [this](const QString& text) {
        auto* made = new QLabel(text, this); // our own text, with a mnemonic
        return made;
    };
    put(0, m_inputLabel, m_input);
    put(1, label(tr("&Name")), m_name);
    put(2, label(tr("&Type")), m_type, 1);
    auto* shapeLabel = label(tr("&Shape"));
    shapeLabel->setBuddy(m_shape);
    auto* shapeRow = new QHBoxLayout;
    shapeRow->setSpacing(10);
    shapeRow->addWidget(shapeLabel);
    shapeRow->addWidget(m_shape, 1);
    fields->addLayout(shapeRow, 2, 2, 1, 2);
    auto* valuesLabel = label(tr("&Values"));
    valuesLabel->setBuddy(m_values);
    fields->addWidget(valuesLabel, 3, 0);
    fields->addWidget(m_source, 3, 1);
    auto* valuesRow = new QHBoxLayout;
    valuesRow->setSpacing(8);
    valuesRow->addWidget(m_values, 1);
    valuesRow->addWidget(m_browse);
    valuesRow->addWidget(preview);
    fields->addLayout(valuesRow, 3, 2, 1, 2);
    fields->setColumnStretch(2, 1);

    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(16, 14, 16, 12);
    all->setSpacing(10);
    all->addWidget(m_text);
    all->addLayout(fields);
    all->addWidget(m_message);
    all->addWidget(m_slice);
    all->addWidget(m_grid, 1);
    all->addWidget(m_buttons);

    auto sourceChanged = [this] {
        const bool isFile = m_source->currentIndex() == File;
        m_browse->setVisible(isFile);
        m_values->setPlaceholderText(isFile ? tr("weights.npy or .pb")
                                            : tr("0, zeros(), he(seed=1), normal(0, 0.1, 1), x*0.5 …"));
    };
    connect(m_source, &QComboBox::currentIndexChanged, this, sourceChanged);
    sourceChanged();
    connect(m_input, &QComboBox::activated, this, [this](int input) { show(m_subject.atInput(input)); });
    connect(m_browse, &QPushButton::clicked, this, &TensorForm::browse);
    connect(preview, &QPushButton::clicked, this, [this] { make(Then::Show); });
    connect(m_slice, &tensor_view::SliceBar::sliceChanged, this,
            [this] { m_grid->setSlice(m_slice->slice()); });
    connect(m_grid, &tensor_view::CellGrid::edited, this, &TensorForm::typeOver);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_buttons->button(QDialogButtonBox::Apply), &QPushButton::clicked, this, &TensorForm::apply);
}

void TensorForm::show(Subject subject)
{
    m_subject = std::move(subject);
    setWindowTitle(m_subject.title);
    m_text->setText(m_subject.text);
    m_text->setVisible(!m_subject.text.isEmpty());
    m_input->clear();
    m_input->addItems(m_subject.inputs);
    m_input->setCurrentIndex(m_subject.input);
    m_input->setVisible(!m_subject.inputs.isEmpty());
    m_inputLabel->setVisible(!m_subject.inputs.isEmpty());
    m_name->setText(m_subject.name);
    m_name->setReadOnly(!m_subject.isNew);
    m_type->setCurrentText(QString::fromUtf8(graph::name(m_subject.type).data()));
    m_shape->setText(m_subject.shape);
    m_values->setText(m_subject.values);
    m_tensor = {};
    setTensor(m_subject.tensor);
    m_made = m_subject.values.isEmpty() && m_tensor.defined() ? wish() : QString();
    tell({}, false);
    m_values->setFocus();
    m_values->selectAll();
}

void TensorForm::setTensor(graph::Tensor tensor)
{
    const bool sameDims = m_tensor.defined() && m_tensor.dims() == tensor.dims();
    m_tensor = std::move(tensor);
    m_slice->setVisible(m_tensor.defined() && m_tensor.rank() > 1);
    m_grid->setVisible(m_tensor.defined());
    if (!m_tensor.defined())
        return;
    m_grid->setTensor(m_tensor);
    if (sameDims)
        m_grid->setSlice(m_slice->slice());
    else
        m_slice->setSlice(tensor_view::SliceView(m_tensor.dims()));
    m_grid->setSlice(m_slice->slice());
}

QString TensorForm::wish() const
{
    return QString("%1\n%2\n%3\n%4")
        .arg(m_source->currentIndex())
        .arg(m_values->text(), m_type->currentText(), m_shape->text());
}

void TensorForm::tell(const QString& text, bool isError)
{
    setColor(m_message, isError ? m_errorColor : m_mutedColor);
    m_message->setText(text);
    m_message->setVisible(!text.isEmpty());
}

void TensorForm::browse()
{
    const QString path = QFileDialog::getOpenFileName(this, tr("Values from a file"), m_values->text(),
                                                      tr("Tensors (*.npy *.pb);;All files (*)"));
    if (path.isEmpty())
        return;
    m_values->setText(path);
    make(Then::Show);
}

void TensorForm::make(Then then)
{
    const QString values = m_values->text().trimmed();
    auto done = [this, then](Result<graph::Tensor> result) { onMade(std::move(result), then); };
    if (m_source->currentIndex() == File && !values.isEmpty()) {
        tell(tr("Reading …"), false);
        m_task.submit([path = values.toStdString()](std::stop_token) { return formats::readTensor(path); },
                      done);
        return;
    }
    const auto type = graph::dataTypeFromName(m_type->currentText().toStdString());
    auto dims = parseDims(m_shape->text().toStdString());
    if (!dims.ok() && !(m_shape->text().trimmed().isEmpty() && !values.isEmpty())) {
        m_shape->setFocus();
        return tell(tr("Shape: %1").arg(shown(dims.error().text())), true);
    }
    WantedTensor wanted{type.value_or(graph::DataType::Undefined), {}};
    if (dims.ok())
        wanted.dims = *dims;
    if (values.isEmpty() && !m_tensor.defined())
        return tell(tr("Values: say what they are, for example 0 or normal(0, 0.1, 1)"), true);
    tell(tr("Computing …"), false);
    m_task.submit(
        [values = values.toStdString(), wanted, now = m_tensor.defined() ? m_tensor : m_subject.tensor,
         model = m_document.model()->model](std::stop_token) {
            return values.empty()
                       ? reshaped(now, wanted)
                       : debug::tensorFromExpression(values, wanted, now, *model, ops::OpRegistry::builtin());
        },
        done);
}

void TensorForm::onMade(Result<graph::Tensor> result, Then then)
{
    if (!result.ok()) {
        m_values->setFocus();
        return tell(shown(result.error().text()), true);
    }
    setTensor(result.releaseValue());
    m_type->setCurrentText(QString::fromUtf8(graph::name(m_tensor.type()).data()));
    m_shape->setText(QString::fromStdString(shapeText(graph::Shape::of(m_tensor.dims()))));
    m_made = wish();
    tell(m_tensor.elementCount() == 1 ? tr("One element") : tr("%1 elements").arg(m_tensor.elementCount()),
         false);
    if (then == Then::Apply)
        finish();
}

void TensorForm::typeOver(std::int64_t flat, const QString& text)
{
    auto changed = tensor_view::withElement(m_tensor, flat, text.toStdString());
    if (!changed.ok())
        return tell(shown(changed.error().text()), true);
    const tensor_view::Cell at = m_grid->current();
    setTensor(changed.releaseValue());
    m_grid->setCurrent(at);
    m_grid->setFocus();
    m_values->clear(); // what is shown is not what was written there any more
    m_made = wish();
    tell({}, false);
}

// What the fields ask for is made first where it is not what is shown.
void TensorForm::apply()
{
    if (m_task.busy())
        return;
    if (m_tensor.defined() && m_made == wish())
        finish();
    else
        make(Then::Apply);
}

void TensorForm::finish()
{
    if (!m_subject.edit)
        return reject();
    const QString wrong =
        tryEdit(m_document, m_subject.edit(m_name->text().trimmed().toStdString(), m_tensor));
    if (wrong.isEmpty())
        accept();
    else
        tell(wrong, true);
}

} // namespace orrery::panels
