// SPDX-License-Identifier: Apache-2.0
//
// The peak of memory, told from shapes before anything runs, for one or many numbers of a symbolic dim; with
// --measure each is run as well. Predicted are inputs and planned values; a run also counts its kernels' work
// space, which no shape tells.
#include "app/cli/command.h"
#include "app/cli/output.h"
#include "app/cli/run_options.h"
#include "app/cli/table.h"
#include "engine/base/text.h"
#include "engine/formats/format.h"
#include "engine/passes/pipeline.h"
#include "engine/plan/predict_peak.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace orrery::commands {
namespace {

using namespace orrery::cli;

constexpr std::size_t mostPoints = 1000;
constexpr std::size_t valuesShown = 10;

struct Point {
    std::int64_t number = 0; // of the dim that varies
    std::map<std::string, graph::Dims> shapes;
    plan::PeakPrediction predicted;
    std::int64_t measuredBytes = -1;

    double offPercent() const
    {
        return 100 * (static_cast<double>(predicted.liveBytes) / static_cast<double>(measuredBytes) - 1);
    }
};

struct Variation {
    plan::DimValues fixed;
    std::string dim; // empty: nothing varies
    std::vector<std::int64_t> numbers;
};

Result<std::int64_t> parseNumber(std::string_view text)
{
    std::int64_t number = 0;
    auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failed != std::errc() || end != text.data() + text.size() || number < 0)
        return usageError("--vary: \"" + displayText(text, 200) + "\" is no number");
    return number;
}

// "1,2,4..64": numbers, and A..B, which doubles A until B, B included.
Result<std::vector<std::int64_t>> parseNumbers(std::string_view text)
{
    std::vector<std::int64_t> numbers;
    while (true) {
        const std::size_t comma = text.find(',');
        const std::string_view part = text.substr(0, comma);
        const std::size_t dots = part.find("..");
        const std::int64_t first = TRY(parseNumber(part.substr(0, dots)));
        const std::int64_t last =
            dots == std::string_view::npos ? first : TRY(parseNumber(part.substr(dots + 2)));
        if (last < first || (first == 0 && last > 0))
            return usageError("--vary: \"" + displayText(part, 200) + "\" is no range");
        for (std::int64_t number = first; number < last && numbers.size() <= mostPoints;
             number = number > last / 2 ? last : number * 2)
            numbers.push_back(number);
        numbers.push_back(last);
        if (numbers.size() > mostPoints)
            return usageError(fmt::format("--vary: more than {} numbers", mostPoints));
        if (comma == std::string_view::npos)
            return numbers;
        text.remove_prefix(comma + 1);
    }
}

Result<Variation> variation(const Arguments& arguments, const plan::Plan& plan)
{
    Variation result;
    for (const std::string& text : arguments.values("vary")) {
        auto [name, list] = TRY(splitAssignment(text, "vary"));
        auto numbers = TRY(parseNumbers(list));
        if (numbers.size() > 1 && !result.numbers.empty())
            return usageError("--vary: only one dim can take several numbers");
        result.fixed[name] = numbers.front();
        if (numbers.size() > 1) {
            result.dim = name;
            result.numbers = std::move(numbers);
        }
    }
    for (const std::string& name : plan::symbolicDims(plan))
        if (result.fixed.try_emplace(name, 1).second)
            note("note: dim \"{}\" is taken as 1; --vary gives it other numbers\n", displayText(name, 200));
    if (result.numbers.empty())
        result.numbers.push_back(0);
    return result;
}

Result<std::shared_ptr<const plan::Plan>> makePlan(const std::string& path,
                                                   const session::SessionOptions& options)
{
    graph::Model model = TRY(formats::readModel(path));
    passes::PipelineOptions pipeline;
    pipeline.level = options.optimize;
    pipeline.inputShapes = options.inputShapes;
    auto compiled = TRY(passes::compile(model, pipeline, ops::OpRegistry::builtin()));
    const graph::Graph& graph = compiled.compute.graph;
    auto root = options.root.empty() ? std::optional(graph.mainRoot()) : graph.findRoot(options.root);
    if (!root)
        return Error{ErrorCode::Usage, "the model has no root \"" + displayText(options.root, 200) + "\"",
                     path};
    const graph::Root chosen = *root;
    return plan::Plan::create(std::move(compiled.compute), chosen, options.backend,
                              ops::OpRegistry::builtin());
}

Result<Point> predict(const plan::Plan& plan, const Variation& vary, std::int64_t number)
{
    Point point;
    point.number = number;
    plan::DimValues values = vary.fixed;
    if (!vary.dim.empty())
        values[vary.dim] = number;
    const auto types = TRY(plan::inputTypesFor(plan, values));
    for (const auto& [input, type] : types)
        if (auto dims = type.shape ? type.shape->concrete() : std::nullopt)
            point.shapes[plan.graph().value(input).name] = *dims;
    point.predicted = TRY(plan::predictPeak(plan, types));
    return point;
}

Result<void> measure(const std::string& path, const RunSettings& settings, std::vector<Point>& points)
{
    InterruptWatch interrupts;
    auto session = TRY(whileReading(session::Session::open(path, settings.session)));
    for (Point& point : points) {
        session::RunRequest request = settings.request;
        request.shapeSets = {point.shapes};
        auto outcome = runWithProgress(*session, request, interrupts);
        if (outcome.error)
            return *outcome.error;
        point.measuredBytes = outcome.memory.peakLiveBytes;
    }
    return {};
}

std::string nodeText(const plan::Plan& plan, NodeId node, const char* none)
{
    if (!node.valid())
        return none;
    const graph::Node& found = plan.graph().node(node);
    return fmt::format("{} \"{}\"", found.opType, displayText(found.displayName(), 200));
}

Cell bytesCell(std::int64_t bytes) { return {formatBytes(bytes), bytes}; }

Table curve(const plan::Plan& plan, const Variation& vary, const std::vector<Point>& points)
{
    Table table({{vary.dim.empty() ? "" : vary.dim, "number", Align::Right},
                 {"predicted peak", "predicted_peak_bytes", Align::Right},
                 {"arena", "arena_bytes", Align::Right},
                 {"at least", "arena_lower_bound_bytes", Align::Right},
                 {"measured", "measured_peak_bytes", Align::Right},
                 {"off by", "off_percent", Align::Right},
                 {"peak at", "node", Align::Left}});
    for (const Point& point : points) {
        const bool measured = point.measuredBytes > 0;
        const std::string node = nodeText(plan, point.predicted.node, "(inputs)");
        table.add({{vary.dim.empty() ? "" : fmt::format("{}", point.number), point.number},
                   bytesCell(point.predicted.liveBytes),
                   bytesCell(point.predicted.arenaBytes),
                   bytesCell(point.predicted.lowerBoundBytes),
                   measured ? bytesCell(point.measuredBytes) : Cell{"–", nullptr},
                   measured ? Cell{fmt::format("{:+.2f} %", point.offPercent()), point.offPercent()}
                            : Cell{"–", nullptr},
                   {node, node}});
    }
    return table;
}

Table liveTable(const plan::Plan& plan, const plan::PeakPrediction& peak)
{
    Table table({{"value", "value"},
                 {"bytes", "bytes", Align::Right},
                 {"made by", "producer"},
                 {"next read by", "next_reader"}});
    const auto& outputs = plan.root().outputs;
    for (const plan::LiveAtPeak& live : peak.live) {
        const std::string& name = plan.graph().value(live.value).name;
        const bool isOutput = std::find(outputs.begin(), outputs.end(), live.value) != outputs.end();
        const std::string producer = nodeText(plan, live.producer, "(input)");
        const std::string reader = nodeText(plan, live.nextReader, isOutput ? "(output)" : "–");
        table.add(
            {{displayText(name, 200), name}, bytesCell(live.bytes), {producer, producer}, {reader, reader}});
        if (table.rowCount() == valuesShown)
            break;
    }
    return table;
}

// Bytes alive at the peak by what made them.
Table byOperator(const plan::Plan& plan, const plan::PeakPrediction& peak)
{
    std::map<std::string, std::int64_t> bytes;
    for (const plan::LiveAtPeak& live : peak.live)
        bytes[live.producer.valid() ? plan.graph().node(live.producer).opType : "(input)"] += live.bytes;
    std::vector<std::pair<std::string, std::int64_t>> rows(bytes.begin(), bytes.end());
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    Table table({{"operator", "op_type"}, {"bytes", "bytes", Align::Right}});
    for (const auto& [name, sum] : rows)
        table.add({{name, name}, bytesCell(sum)});
    return table;
}

Result<ExitStatus> run(const Arguments& arguments)
{
    const std::string& path = arguments.positional(0);
    RunSettings settings = TRY(runSettings(arguments));
    auto plan = TRY(whileReading(makePlan(path, settings.session)));
    const Variation vary = TRY(variation(arguments, *plan));
    std::vector<Point> points;
    for (std::int64_t number : vary.numbers)
        points.push_back(TRY(predict(*plan, vary, number)));
    if (arguments.has("measure"))
        TRY(measure(path, settings, points));

    const Point& shown = *std::max_element(points.begin(), points.end(), [](const Point& a, const Point& b) {
        return a.predicted.liveBytes < b.predicted.liveBytes;
    });
    const plan::PeakPrediction& peak = shown.predicted;
    if (chosenFormat(arguments) == Format::Json) {
        print("{}\n", dump({{"dim", vary.dim},
                            {"points", curve(*plan, vary, points).json()},
                            {"weight_bytes", peak.weightBytes},
                            {"input_bytes", peak.inputBytes},
                            {"uncounted_values", peak.unplanned.size()},
                            {"by_operator", byOperator(*plan, peak).json()},
                            {"largest_alive", liveTable(*plan, peak).json()}}));
        return ExitStatus::Done;
    }
    print("{}\n", curve(*plan, vary, points).text());
    print("alive at the {}peak, {}: {} in {}, of these inputs {}; weights {} beside them\n",
          vary.dim.empty() ? std::string()
                           : fmt::format("highest ({} = {}) ", displayText(vary.dim, 200), shown.number),
          nodeText(*plan, peak.node, "(inputs)"), formatBytes(peak.liveBytes),
          counted(static_cast<std::int64_t>(peak.live.size()), "buffer", "buffers"),
          formatBytes(peak.inputBytes), formatBytes(peak.weightBytes));
    print("{}\n{}", byOperator(*plan, peak).text(), liveTable(*plan, peak).text());
    if (!peak.unplanned.empty())
        note("note: not counted, because their shapes follow from data or change in a loop: {}, the first is "
             "\"{}\"\n",
             counted(static_cast<std::int64_t>(peak.unplanned.size()), "value", "values"),
             displayText(plan->graph().value(peak.unplanned.front()).name, 200));
    return ExitStatus::Done;
}

} // namespace

CommandSpec memory()
{
    return {"memory",
            "MODEL",
            "The peak of memory for other batch sizes and lengths, told before a run",
            {"MODEL"},
            {{"vary", "DIM=1,2,4..64", "numbers for a symbolic dim, A..B doubles; may be given again", {}},
             {"measure", "", "run each as well and print what the run counted", {}},
             {"root", "NAME", "which entry point (default main)", {}},
             {"shape", "NAME=1x3x224x224", "shape of an input; may be given again", {}},
             {"optimize", "LEVEL", "which passes run (default all)", {"none", "basic", "all"}},
             {"seed", "N", "seed of the random values (default 0)", {}},
             {"threads", "N", "threads of the kernels when measuring (default 1)", {}},
             {"time-limit", "SECONDS", "stop a run that takes longer", {}},
             formatOption()},
            run};
}

} // namespace orrery::commands
