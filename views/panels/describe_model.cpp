// SPDX-License-Identifier: Apache-2.0
#include "views/panels/describe_model.h"

#include "engine/base/text.h"
#include "views/models/tables.h"
#include "views/projections/node_text.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>

#include <algorithm>
#include <map>

namespace orrery::panels {
namespace {

using models::shown;

QString tr(const char* text) { return QCoreApplication::translate("describeModel", text); }

std::string shortType(const graph::ValueType& type)
{
    const bool isFloat = type.kind == graph::TypeKind::Tensor && type.element == graph::DataType::Float32;
    return (isFloat ? "float " : "") + projections::typeLabel(type);
}

void describeFile(PropertySheet& sheet, const graph::Model& model, const document::LoadedModel& loaded)
{
    sheet.section(tr("MODEL"));
    if (!model.producerName.empty())
        sheet.row(tr("Producer"), shown(model.producerName + " " + model.producerVersion));
    sheet.row(tr("Format"), tr("ONNX IR %1").arg(model.irVersion));
    for (const graph::OpsetImport& opset : model.opsets)
        sheet.row(
            tr("Opset"),
            QString("%1 %2").arg(opset.domain.empty() ? "ai.onnx" : shown(opset.domain)).arg(opset.version));
    sheet.row(tr("Parameters"),
              QString::fromStdString(formatCount(double(loaded.parameters))) +
                  QString(" (%1)").arg(QString::fromStdString(formatBytes(loaded.parameterBytes))));
    for (const auto& [key, value] : model.metadata)
        sheet.row(shown(key), shown(value));
}

void describeEnds(PropertySheet& sheet, document::Document& document, const graph::Graph& graph)
{
    auto list = [&](const QString& title, const std::vector<ValueId>& values, auto keyOf) {
        if (values.empty())
            return;
        sheet.section(title);
        for (std::size_t i = 0; i < values.size() && i < 32; ++i) {
            if (!graph.contains(values[i]) || graph.value(values[i]).isConstant())
                continue;
            const graph::Value& value = graph.value(values[i]);
            sheet.link(shown(value.name), QString::fromStdString(shortType(value.type)),
                       shown(value.type.text()), [&document, key = keyOf(values[i].value)] {
                           document.focus().select(document::GraphStage::Dataflow, key);
                       });
        }
    };
    list(tr("INPUTS"), graph.main().inputs, canvas::inputKey);
    list(tr("OUTPUTS"), graph.main().outputs, canvas::outputKey);
}

} // namespace

void describeOperators(PropertySheet& sheet, const graph::Graph& graph)
{
    std::map<std::string, std::size_t> counts;
    for (NodeId id : graph.liveNodes())
        ++counts[graph.node(id).opType];
    std::vector<std::pair<std::string, std::size_t>> sorted(counts.begin(), counts.end());
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    sheet.section(tr("OPERATORS (%1 IN %2 NODES)").arg(sorted.size()).arg(graph.nodeCount()));
    constexpr std::size_t most = 14;
    for (std::size_t i = 0; i < sorted.size() && i < most; ++i)
        sheet.row(shown(sorted[i].first), QLocale().toString(qulonglong(sorted[i].second)));
    if (sorted.size() > most)
        sheet.note(tr("and %1 more").arg(sorted.size() - most));
}

void describeRun(PropertySheet& sheet, const document::Document& document)
{
    const auto run = document.shownRun();
    const async::RunSummary* summary = document.trace() ? document.trace()->shown() : nullptr;
    if (!run || summary == nullptr)
        return;
    auto duration = [](double ns) { return QString::fromStdString(formatDurationNs(std::int64_t(ns))); };
    sheet.section(tr("RUN %1").arg(run->id.value));
    if (summary->latency.steps > 0) {
        sheet.row(tr("Median"), duration(summary->latency.medianNs), tr("Latency of the measured runs"));
        sheet.row(tr("Min … max"),
                  duration(summary->latency.minNs) + " … " + duration(summary->latency.maxNs));
        sheet.row(tr("Runs"),
                  tr("%1 after %2 of warm-up").arg(summary->latency.steps).arg(summary->run.info.warmup));
    }
    if (summary->run.peakBytes > 0)
        sheet.row(tr("Peak memory"), QString::fromStdString(formatBytes(summary->run.peakBytes)));
    if (summary->run.lostEvents > 0)
        sheet.row(tr("Lost events"), QString::number(summary->run.lostEvents));
    sheet.section(tr("MACHINE"));
    const trace_db::Machine& machine = run->machine;
    if (!machine.cpuModel.empty())
        sheet.row(tr("Processor"), shown(machine.cpuModel));
    if (machine.cores > 0)
        sheet.row(tr("Cores"), QString::number(machine.cores));
    if (machine.memoryBytes > 0)
        sheet.row(tr("Memory"), QString::fromStdString(formatBytes(machine.memoryBytes)));
    if (!machine.kernelLevel.empty())
        sheet.row(tr("Kernels"), shown(machine.kernelLevel));
    if (!machine.governor.empty())
        sheet.row(tr("Governor"), shown(machine.governor));
}

bool describeDocument(PropertySheet& sheet, document::Document& document, const theme::Theme& theme)
{
    const auto graph = document.stageGraph(document::GraphStage::Dataflow).graph;
    if (!graph)
        return false;
    sheet.heading(document.fileName(), shown(QFileInfo(document.path()).path().toStdString()),
                  theme.color(theme::Role::Accent));
    describeRun(sheet, document);
    if (document.model())
        describeFile(sheet, *document.model()->model, *document.model());
    describeEnds(sheet, document, *graph);
    describeOperators(sheet, *graph);
    return true;
}

} // namespace orrery::panels
