// SPDX-License-Identifier: Apache-2.0
#include "app/window/run_dialog.h"

#include "engine/base/text.h"
#include "views/panels/empty_state.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QVBoxLayout>

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
                     QWidget* parent)
    : QDialog(parent)
{
    setWindowTitle(tr("Run options"));
    auto* form = new QFormLayout;
    form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
    form->setLabelAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_warmup = spin(settings.warmup, 0, 100000, this);
    m_warmup->setToolTip(tr("Runs before the measurement; they are recorded apart"));
    m_runs = spin(settings.runs, 1, 1000000, this);
    m_threads = spin(settings.threads, 1, 1024, this);
    m_optimize = new QComboBox(this);
    m_optimize->addItems({tr("None: the graph as it is"), tr("Basic: fold and remove"), tr("All: fuse too")});
    m_optimize->setCurrentIndex(int(settings.optimize));
    form->addRow(tr("&Warm-up runs"), m_warmup);
    form->addRow(tr("&Measured runs"), m_runs);
    form->addRow(tr("&Threads"), m_threads);
    form->addRow(tr("&Optimisation"), m_optimize);

    std::map<std::string, std::size_t> bySymbol;
    const graph::Graph& graph = model.model->graph;
    for (ValueId id : fedInputs(graph)) {
        const graph::Value& value = graph.value(id);
        if (value.type.shape->isStatic())
            continue;
        const auto& dims = value.type.shape->dims;
        const auto remembered = settings.inputShapes.find(value.name);
        const bool isRemembered =
            remembered != settings.inputShapes.end() && remembered->second.size() == dims.size();
        OpenInput input{value.name, *value.type.shape, {}};
        QLabel* title =
            panels::plainLabel(tr("Input %1: %2").arg(shown(value.name), shown(value.type.text())), this);
        form->addRow(title);
        for (std::size_t axis = 0; axis < dims.size(); ++axis) {
            if (dims[axis].isKnown())
                continue;
            const std::string symbol = dims[axis].isSymbolic() ? dims[axis].symbol() : std::string();
            if (auto known = bySymbol.find(symbol); !symbol.empty() && known != bySymbol.end()) {
                input.fields.push_back(known->second);
                continue;
            }
            const std::int64_t value0 = isRemembered ? remembered->second[axis] : guess(dims.size(), axis);
            QSpinBox* field = spin(int(std::min<std::int64_t>(value0, 1 << 20)), 0, 1 << 20, this);
            form->addRow(symbol.empty() ? tr("Dimension %1").arg(axis) : shown(symbol), field);
            if (!symbol.empty())
                bySymbol[symbol] = m_dims.size();
            input.fields.push_back(m_dims.size());
            m_dims.push_back({symbol, field});
        }
        m_inputs.push_back(std::move(input));
    }

    auto* page = new QWidget(this);
    page->setLayout(form);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(page);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumSize(page->sizeHint().boundedTo(QSize(600, 460)) + QSize(24, 4));
    QLabel* note = panels::plainLabel(
        tr("Inputs are filled with random values. The model runs in a process of its own."), this);
    note->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(this);
    buttons->addButton(tr("Run"), QDialogButtonBox::AcceptRole)->setDefault(true);
    buttons->addButton(QDialogButtonBox::Cancel);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(scroll, 1);
    column->addWidget(note);
    column->addWidget(buttons);
}

document::RunSettings RunDialog::settings() const
{
    document::RunSettings result;
    result.warmup = m_warmup->value();
    result.runs = m_runs->value();
    result.threads = m_threads->value();
    result.optimize = passes::OptimizeLevel(m_optimize->currentIndex());
    for (const OpenInput& input : m_inputs) {
        graph::Dims dims;
        std::size_t next = 0;
        for (const graph::Dim& dim : input.shape.dims)
            dims.push_back(dim.isKnown() ? dim.value() : m_dims[input.fields[next++]].field->value());
        result.inputShapes[input.name] = dims;
    }
    return result;
}

} // namespace orrery::window
