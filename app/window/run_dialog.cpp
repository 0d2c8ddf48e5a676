// SPDX-License-Identifier: Apache-2.0
#include "app/window/run_dialog.h"

#include "engine/base/text.h"
#include "views/panels/empty_state.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace orrery::window {
namespace {

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 80)); }

QSpinBox* spin(int value, int least, int most, QWidget* parent)
{
    auto* field = new QSpinBox(parent);
    field->setRange(least, most);
    field->setValue(value);
    field->setGroupSeparatorShown(true);
    return field;
}

// A first guess: one item in a batch, small pictures, short sequences.
int guess(std::size_t rank, std::size_t axis) { return axis == 0 ? 1 : rank == 4 ? 320 : 16; }

std::vector<ValueId> fedInputs(const graph::Graph& graph)
{
    std::vector<ValueId> fed;
    for (ValueId id : graph.main().inputs)
        if (graph.contains(id) && !graph.value(id).isConstant() && graph.value(id).type.shape)
            fed.push_back(id);
    return fed;
}

} // namespace

bool hasOpenDims(const document::LoadedModel& model)
{
    for (ValueId id : fedInputs(model.model->graph))
        if (!model.model->graph.value(id).type.shape->isStatic())
            return true;
    return false;
}

RunDialog::RunDialog(const document::LoadedModel& model, const document::RunSettings& settings,
                     RunPurpose purpose, QWidget* parent)
    : QDialog(parent)
    , m_given(settings)
{
    setObjectName("runDialog");
    setWindowTitle(purpose == RunPurpose::Debug ? tr("Debug options") : tr("Run options"));
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->setLabelAlignment(Qt::AlignRight | Qt::AlignVCenter);
    makeNumbers(*form, purpose);
    const graph::Graph& graph = model.model->graph;
    for (ValueId id : fedInputs(graph))
        makeInput(*form, graph.value(id));

    auto* page = new QWidget(this);
    page->setLayout(form);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumSize(page->sizeHint().boundedTo(QSize(600, 460)) + QSize(24, 4));
    m_note = panels::plainLabel({}, this);
    m_note->setObjectName("runNote");
    m_note->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(this);
    buttons->addButton(purpose == RunPurpose::Debug ? tr("Debug") : tr("Run"), QDialogButtonBox::AcceptRole)
        ->setDefault(true);
    buttons->addButton(QDialogButtonBox::Cancel);
    connect(buttons, &QDialogButtonBox::accepted, this, &RunDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(scroll, 1);
    column->addWidget(m_note);
    column->addWidget(buttons);
    updateFields();
}

void RunDialog::makeNumbers(QFormLayout& form, RunPurpose purpose)
{
    m_warmup = spin(m_given.warmup, 0, 100000, this);
    m_warmup->setObjectName("runWarmup");
    m_warmup->setToolTip(tr("Runs before the measurement; they are recorded apart"));
    m_runs = spin(m_given.runs, 1, 1000000, this);
    m_runs->setObjectName("runRuns");
    m_threads = spin(m_given.threads, 1, 1024, this);
    m_optimize = new QComboBox(this);
    m_optimize->addItems({tr("None: the graph as it is"), tr("Basic: fold and remove"), tr("All: fuse too")});
    m_optimize->setCurrentIndex(int(m_given.optimize));
    const auto add = [&](const QString& label, QWidget* field, bool isAsked) {
        field->setVisible(isAsked);
        if (isAsked)
            form.addRow(label, field);
    };
    add(tr("&Warm-up runs"), m_warmup, purpose == RunPurpose::Profile);
    add(tr("&Measured runs"), m_runs, purpose == RunPurpose::Profile);
    add(tr("&Threads"), m_threads, true);
    add(tr("&Optimisation"), m_optimize, purpose != RunPurpose::Debug); // the projection says which graph
}

void RunDialog::makeInput(QFormLayout& form, const graph::Value& value)
{
    const auto& dims = value.type.shape->dims;
    auto* row = new QHBoxLayout;
    auto* file = new QLineEdit(this);
    file->setObjectName("runInput_" + QString::fromStdString(value.name));
    file->setPlaceholderText(tr("random values"));
    file->setToolTip(tr("A tensor in a file (.npy, .pb); empty: random values"));
    file->setMinimumWidth(220);
    for (const protocol::InputFile& given : m_given.inputs)
        if (given.name == value.name)
            file->setText(QString::fromStdString(given.path));
    auto* choose = new QPushButton(tr("Choose …"), this);
    choose->setAutoDefault(false);
    choose->setToolTip(tr("Read %1 from a file").arg(shown(value.name).toHtmlEscaped()));
    row->addWidget(file, 1);
    row->addWidget(choose);
    form.addRow(
        panels::plainLabel(tr("Input %1: %2").arg(shown(value.name), shown(value.type.text())), this));
    form.addRow(tr("From"), row);
    connect(file, &QLineEdit::textChanged, this, &RunDialog::updateFields);
    connect(choose, &QPushButton::clicked, this, [this, file] {
        const QString path =
            QFileDialog::getOpenFileName(this, tr("Input from a file"), QFileInfo(file->text()).path(),
                                         tr("Tensors (*.npy *.pb);;All files (*)"));
        if (!path.isEmpty())
            file->setText(path);
    });

    const auto remembered = m_given.inputShapes.find(value.name);
    const bool isRemembered =
        remembered != m_given.inputShapes.end() && remembered->second.size() == dims.size();
    Input input{value.name, *value.type.shape, file, {}};
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        if (dims[axis].isKnown())
            continue;
        const std::string symbol = dims[axis].isSymbolic() ? dims[axis].symbol() : std::string();
        const auto known = std::find_if(m_dims.begin(), m_dims.end(), [&](const OpenDim& dim) {
            return !symbol.empty() && dim.symbol == symbol;
        });
        if (known != m_dims.end()) {
            input.fields.push_back(std::size_t(known - m_dims.begin()));
            continue;
        }
        const std::int64_t first = isRemembered ? remembered->second[axis] : guess(dims.size(), axis);
        QSpinBox* field = spin(int(std::min<std::int64_t>(first, 1 << 20)), 0, 1 << 20, this);
        form.addRow(symbol.empty() ? tr("Dimension %1").arg(axis) : shown(symbol), field);
        input.fields.push_back(m_dims.size());
        m_dims.push_back({symbol, field});
    }
    m_inputs.push_back(std::move(input));
}

// A file says its dims itself.
void RunDialog::updateFields()
{
    std::vector<bool> isAsked(m_dims.size(), false);
    bool isRandom = m_inputs.empty();
    for (const Input& input : m_inputs) {
        if (!input.file->text().trimmed().isEmpty())
            continue;
        isRandom = true;
        for (std::size_t field : input.fields)
            isAsked[field] = true;
    }
    for (std::size_t i = 0; i < m_dims.size(); ++i)
        m_dims[i].field->setEnabled(isAsked[i]);
    const QString where = tr("The model runs in a process of its own.");
    m_note->setText(isRandom ? tr("Inputs without a file are filled with random values.") + " " + where
                             : where);
}

void RunDialog::accept()
{
    for (const Input& input : m_inputs) {
        const QString path = input.file->text().trimmed();
        if (path.isEmpty() || QFileInfo(path).isFile())
            continue;
        m_note->setText(
            tr("There is no file %1 for input %2.").arg(shown(path.toStdString()), shown(input.name)));
        input.file->setFocus();
        return;
    }
    QDialog::accept();
}

document::RunSettings RunDialog::settings() const
{
    document::RunSettings result = m_given;
    result.warmup = m_warmup->value();
    result.runs = m_runs->value();
    result.threads = m_threads->value();
    result.optimize = passes::OptimizeLevel(m_optimize->currentIndex());
    result.inputs.clear();
    result.inputShapes.clear();
    for (const Input& input : m_inputs) {
        if (const QString path = input.file->text().trimmed(); !path.isEmpty()) {
            const QString whole = QFileInfo(path).absoluteFilePath();
            result.inputs.push_back({input.name, 0, whole.toStdString()});
            continue;
        }
        if (input.shape.isStatic())
            continue;
        graph::Dims dims;
        std::size_t next = 0;
        for (const graph::Dim& dim : input.shape.dims)
            dims.push_back(dim.isKnown() ? dim.value() : m_dims[input.fields[next++]].field->value());
        result.inputShapes[input.name] = dims;
    }
    return result;
}

} // namespace orrery::window
