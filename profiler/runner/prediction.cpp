// SPDX-License-Identifier: Apache-2.0
#include "profiler/runner/prediction.h"

#include "engine/base/text.h"
#include "profiler/runner/inputs.h"

#include <charconv>
#include <optional>

namespace orrery::runner {
namespace {

constexpr std::size_t mostAlive = 1000;

using Places = std::map<std::size_t, std::int64_t>; // numbers by the index of a dim

// A plan and what it would be run with.
struct Situation {
    std::shared_ptr<const plan::Plan> plan;
    std::optional<OpenedModel> compiledAnew; // that holds its operators
    std::map<ValueId, graph::ValueType> inputTypes;
};

// "x:0" is dim 0 of the input x.
std::optional<std::pair<std::size_t, std::size_t>> placeOf(const plan::Plan& plan, std::string_view key)
{
    const std::size_t colon = key.rfind(':');
    if (colon == std::string_view::npos)
        return std::nullopt;
    std::size_t index = 0;
    const char* end = key.data() + key.size();
    auto [at, failed] = std::from_chars(key.data() + colon + 1, end, index);
    if (failed != std::errc() || at != end)
        return std::nullopt;
    const auto& inputs = plan.root().inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        if (plan.graph().value(inputs[i]).name == key.substr(0, colon))
            return std::pair(i, index);
    return std::nullopt;
}

// Ids of a graph that was compiled for other shapes, as those of the opened one.
class Translation {
public:
    Translation(const graph::Graph& from, const graph::Graph& to)
        : m_from(from)
        , m_to(to)
    {
        for (std::size_t i = 0; i < to.valueSlots(); ++i)
            if (const graph::Value& value = to.value(ValueId(i)); value.alive)
                m_values.try_emplace(value.name, i);
    }

    ValueId operator()(ValueId id) const
    {
        auto at = id.valid() ? m_values.find(m_from.value(id).name) : m_values.end();
        return at == m_values.end() ? ValueId() : at->second;
    }

    // By what it computes.
    NodeId operator()(NodeId id) const
    {
        if (!id.valid() || m_from.node(id).outputs.empty())
            return {};
        const ValueId output = (*this)(m_from.node(id).outputs.front());
        return output.valid() ? m_to.value(output).producer : NodeId();
    }

    void apply(plan::PeakPrediction& peak) const
    {
        peak.node = (*this)(peak.node);
        for (plan::LiveAtPeak& live : peak.live) {
            live.value = (*this)(live.value);
            live.producer = (*this)(live.producer);
            live.nextReader = (*this)(live.nextReader);
        }
        for (ValueId& value : peak.unplanned)
            value = (*this)(value);
    }

private:
    const graph::Graph& m_from;
    const graph::Graph& m_to;
    std::map<std::string, ValueId> m_values;
};

class Prediction {
public:
    Prediction(const OpenSource& open, const protocol::Predict& command, const RunGate& gate)
        : m_open(open)
        , m_plan(*open.plan)
        , m_command(command)
        , m_gate(gate)
    {}

    Result<protocol::Predicted> run()
    {
        if (m_command.points.size() > protocol::mostPredictedPoints)
            return Error{ErrorCode::Usage,
                         "more than " + std::to_string(protocol::mostPredictedPoints) +
                             " points cannot be predicted at once",
                         {}};
        m_ofFiles = TRY(shapesOfFiles(m_plan.graph(), m_plan.root(), m_command.inputs));
        protocol::Predicted result;
        for (std::size_t i = 0; i < m_command.points.size(); ++i) {
            if (m_gate.stopRequested())
                return cancelled();
            protocol::PredictedPoint& point = result.points.emplace_back();
            const bool isLast = i + 1 == m_command.points.size();
            auto told = tell(m_command.points[i], point, isLast ? &result.suggestions : nullptr);
            if (!told.ok() && told.error().code == ErrorCode::Cancelled)
                return told.releaseError();
            if (!told.ok()) {
                point.peak = {};
                point.error = told.releaseError();
            }
        }
        return result;
    }

private:
    static Error cancelled() { return {ErrorCode::Cancelled, "the prediction was stopped", {}}; }

    Result<void> tell(const plan::DimValues& values, protocol::PredictedPoint& point,
                      plan::Suggestions* suggestions) const
    {
        try {
            const Situation at = TRY(situation(values, point));
            point.peak = TRY(plan::predictPeak(*at.plan, at.inputTypes, m_command.threads));
            if (point.peak.node.valid()) {
                const graph::Node& node = at.plan->graph().node(point.peak.node);
                point.nodeText = node.opType + " \"" + displayText(node.displayName(), 200) + "\"";
            }
            if (suggestions != nullptr && m_command.suggest)
                *suggestions = TRY(plan::suggest(
                    *at.plan, m_open.command.hints, at.inputTypes, [this] { return m_gate.stopRequested(); },
                    m_command.threads));
            if (at.compiledAnew) {
                const Translation translation(at.plan->graph(), m_plan.graph());
                translation.apply(point.peak);
                for (Problem& problem : point.problems)
                    problem.nodeId = {};
                if (suggestions != nullptr) {
                    translation.apply(suggestions->now);
                    for (plan::Suggestion& suggestion : suggestions->list)
                        suggestion.node = translation(suggestion.node);
                }
            }
        } catch (const std::bad_alloc&) {
            return Error{ErrorCode::LimitReached, "memory ran out while this was predicted", {}};
        }
        if (point.peak.live.size() > mostAlive)
            point.peak.live.resize(mostAlive);
        if (suggestions != nullptr && suggestions->now.live.size() > mostAlive)
            suggestions->now.live.resize(mostAlive);
        return {};
    }

    // Which numbers go to symbols, and which to one dim of one input.
    Result<void> sortOut(const plan::DimValues& values, plan::DimValues& symbols,
                         std::vector<Places>& places) const
    {
        const std::vector<std::string> names = plan::symbolicDims(m_plan);
        plan::DimValues unknown;
        for (const auto& [name, number] : values) {
            if (std::find(names.begin(), names.end(), name) != names.end()) {
                symbols[name] = number;
            } else if (auto place = placeOf(m_plan, name)) {
                places[place->first][place->second] = number;
            } else {
                unknown[name] = number;
            }
            if (number < 0)
                return Error{ErrorCode::Usage, "a dim cannot be " + std::to_string(number),
                             displayText(name, 200)};
        }
        if (unknown.empty())
            return {};
        Error error = plan::inputTypesFor(m_plan, unknown).error(); // says which there are
        if (!m_plan.root().inputs.empty())
            error.message += "; any dim of an input is INPUT:INDEX, as in " +
                             displayText(m_plan.graph().value(m_plan.root().inputs.front()).name, 200) + ":0";
        return error;
    }

    Result<graph::Dims> dimsOf(std::size_t input, const Places& places, plan::DimValues& symbols,
                               protocol::PredictedPoint& point) const
    {
        const graph::Value& value = m_plan.graph().value(m_plan.root().inputs[input]);
        const std::string name = "input \"" + displayText(value.name, 200) + "\"";
        const auto file = m_ofFiles.find(value.name);
        if (!value.type.shape)
            return file != m_ofFiles.end()
                       ? Result(file->second)
                       : Error{ErrorCode::Usage, "its shape is not known; give one with --shape", name};
        const std::vector<graph::Dim>& declared = value.type.shape->dims;
        if (!places.empty() && places.rbegin()->first >= declared.size())
            return Error{ErrorCode::Usage,
                         "it has no dim " + std::to_string(places.rbegin()->first) + ", it is " +
                             value.type.text(),
                         name};
        if (file != m_ofFiles.end() && file->second.size() != declared.size())
            return Error{ErrorCode::Usage,
                         "expected " + value.type.text() + ", found " + graph::dimsText(file->second) +
                             " in its file",
                         name};
        graph::Dims dims;
        for (std::size_t i = 0; i < declared.size(); ++i) {
            auto lookup = [&](std::string_view symbol) -> std::optional<std::int64_t> {
                auto at = symbols.find(std::string(symbol));
                return at == symbols.end() ? std::nullopt : std::optional(at->second);
            };
            std::optional<std::int64_t> number;
            if (auto place = places.find(i); place != places.end())
                number = place->second;
            else if (declared[i].isKnown())
                number = declared[i].value();
            else if (declared[i].isSymbolic())
                number = graph::evaluate(declared[i], lookup);
            if (file != m_ofFiles.end()) {
                if (number && *number != file->second[i])
                    return Error{ErrorCode::Usage,
                                 "it comes from a file, in which dim " + std::to_string(i) + " is " +
                                     std::to_string(file->second[i]) + ", not " + std::to_string(*number),
                                 name};
                number = file->second[i];
            }
            if (!number && declared[i].isSymbolic()) {
                symbols[declared[i].symbol()] = 1;
                point.assumed.push_back(declared[i].symbol());
                number = 1;
            }
            if (!number)
                return Error{ErrorCode::Usage,
                             "dim " + std::to_string(i) + " of " + value.type.text() +
                                 " has no number; give one with --shape",
                             name};
            dims.push_back(*number);
        }
        return dims;
    }

    // Files say what symbols are, unless the point says otherwise, which dimsOf() refuses.
    void bindFiles(plan::DimValues& symbols) const
    {
        for (ValueId id : m_plan.root().inputs) {
            const graph::Value& value = m_plan.graph().value(id);
            const auto file = m_ofFiles.find(value.name);
            if (file == m_ofFiles.end() || !value.type.shape)
                continue;
            const auto& declared = value.type.shape->dims;
            for (std::size_t i = 0; i < declared.size() && i < file->second.size(); ++i)
                if (declared[i].isSymbolic())
                    symbols.try_emplace(declared[i].symbol(), file->second[i]);
        }
    }

    Result<Situation> situation(const plan::DimValues& values, protocol::PredictedPoint& point) const
    {
        const std::vector<ValueId>& inputs = m_plan.root().inputs;
        plan::DimValues symbols;
        std::vector<Places> places(inputs.size());
        TRY(sortOut(values, symbols, places));
        bindFiles(symbols);
        Situation result{m_open.plan, std::nullopt, {}};
        std::map<std::string, graph::Dims> replaced, open;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            const graph::Value& value = m_plan.graph().value(inputs[i]);
            if (value.type.kind != graph::TypeKind::Tensor) {
                result.inputTypes[inputs[i]] = value.type;
                continue;
            }
            const graph::Dims dims = TRY(dimsOf(i, places[i], symbols, point));
            point.inputShapes[value.name] = dims;
            result.inputTypes[inputs[i]] =
                graph::ValueType::tensor(value.type.element, graph::Shape::of(dims));
            for (std::size_t d = 0; value.type.shape && d < dims.size(); ++d)
                if (!value.type.shape->dims[d].isKnown())
                    open[value.name] = dims;
                else if (value.type.shape->dims[d].value() != dims[d])
                    replaced[value.name] = dims;
        }
        if (!m_open.command.hints.chunk.empty())
            replaced.merge(open);
        if (replaced.empty())
            return result;
        protocol::Open command = m_open.command;
        for (auto& [name, dims] : replaced)
            command.inputShapes[name] = dims;
        command.shapesAre = passes::InputShapes::Replacements;
        result.compiledAnew = TRY(openModel(command));
        result.plan = result.compiledAnew->plan;
        for (Problem& problem : result.compiledAnew->reply.problems)
            if (problem.code == "plan-hint")
                point.problems.push_back(std::move(problem));
        std::map<ValueId, graph::ValueType> types;
        for (std::size_t i = 0; i < inputs.size() && i < result.plan->root().inputs.size(); ++i)
            types[result.plan->root().inputs[i]] = result.inputTypes[inputs[i]];
        result.inputTypes = std::move(types);
        return result;
    }

    const OpenSource& m_open;
    const plan::Plan& m_plan;
    const protocol::Predict& m_command;
    const RunGate& m_gate;
    std::map<std::string, graph::Dims> m_ofFiles; // by the name of the input
};

} // namespace

protocol::Reply predict(const OpenSource& open, const protocol::Predict& command, const RunGate& gate)
{
    auto predicted = Prediction(open, command, gate).run();
    if (!predicted.ok())
        return protocol::Failed{predicted.releaseError(), {}, {}};
    return predicted.releaseValue();
}

} // namespace orrery::runner
