// SPDX-License-Identifier: Apache-2.0
#include "views/panels/plan_choices.h"

#include "engine/base/text.h"
#include "engine/ops/kernel_choices.h"
#include "engine/passes/pass.h"
#include "engine/plan/suggest_candidates.h"
#include "views/document/hint_history.h"

#include <QCoreApplication>
#include <QThread>

#include <algorithm>
#include <optional>

namespace orrery::panels {
namespace {

using document::Document;
using document::GraphStage;
using document::NodeHints;
using document::NodeWish;
using document::PlaceWish;
using passes::PlanHints;

QString tr(const char* text) { return QCoreApplication::translate("planChoices", text); }
QString shown(std::string_view text) { return QString::fromStdString(displayText(text, 200)); }

// The choices for some nodes; all refer to the graphs as they are now and find the nodes again when one is
// made.
class Choices {
public:
    Choices(Document& document, const graph::Graph& dataflow, const graph::Graph& compute,
            const std::vector<NodeId>& nodes)
        : m_document(document)
        , m_compute(compute)
        , m_hints(dataflow, compute, nodes)
    {
        for (NodeId node : m_hints.nodes())
            m_wishes.push_back(m_hints.wish(document.planHints(), node));
        if (m_hints.nodes().size() == 1)
            m_subject = QString("“%1”").arg(shown(plan::hintName(compute, m_hints.nodes().front())));
        else
            m_subject = tr("%1 nodes").arg(m_hints.nodes().size());
    }

    std::vector<PlanChoice> all()
    {
        if (m_wishes.empty())
            return {};
        addPasses();
        addThreads();
        addKernel();
        addPlace();
        addHeld();
        addRecompute();
        return std::move(m_choices);
    }

private:
    // Found again then: the compute graph may be another by the time the user chooses.
    using Change = std::function<PlanHints(const NodeHints&, const PlanHints&)>;
    std::function<QString()> step(const QString& name, Change change) const
    {
        return
            [&document = m_document, nodes = m_hints.nodes(), name, change = std::move(change)]() -> QString {
                const auto model = document.model();
                const auto compute = document.stageGraph(GraphStage::Compute).graph;
                if (!model || !compute)
                    return tr("There is no compute graph.");
                const NodeHints hints(*model->dataflow, *compute, nodes);
                const auto done = document.hintHistory().change(change(hints, document.planHints()), name);
                return done.ok() ? QString() : shown(done.error().text());
            };
    }

    // The value that all wishes share.
    template<class T>
    std::optional<T> common(const std::function<T(const NodeWish&)>& of) const
    {
        const T first = of(m_wishes.front());
        const bool isSame = std::all_of(m_wishes.begin(), m_wishes.end(),
                                        [&](const NodeWish& wish) { return of(wish) == first; });
        return isSame ? std::optional(first) : std::nullopt;
    }

    template<class Test>
    bool every(Test test) const
    {
        return std::all_of(m_hints.nodes().begin(), m_hints.nodes().end(),
                           [&](NodeId id) { return test(m_compute.node(id)); });
    }

    static const ops::OpSpec* operatorOf(const graph::Node& node)
    {
        return ops::OpRegistry::builtin().find(node.domain, node.opType);
    }
    static bool isComputed(const graph::Node& node)
    {
        const ops::OpSpec* spec = operatorOf(node);
        return spec == nullptr || spec->control == ops::Control::None;
    }

    QString noneFor(const QString& many) const
    {
        return m_hints.nodes().size() == 1 ? shown(m_compute.node(m_hints.nodes().front()).opType) : many;
    }

    void add(PlanChoice choice) { m_choices.push_back(std::move(choice)); }

    void addPasses()
    {
        const auto compiled = m_document.compiled();
        std::set<NodeId> origins;
        for (NodeId id : m_hints.nodes())
            origins.insert(m_compute.node(id).origins.begin(), m_compute.node(id).origins.end());
        QStringList others;
        bool isFirst = true;
        for (const passes::PassSpec& pass : passes::passSpecs()) {
            const std::string name(pass.name);
            const auto keeps = [&name](const NodeWish& wish) { return wish.keptApartFrom.contains(name); };
            const bool isKept = std::any_of(m_wishes.begin(), m_wishes.end(), keeps);
            bool isTouched = false;
            for (std::size_t i = 0; compiled && i < compiled->passes.size(); ++i)
                if (const auto& record = compiled->passes[i]; record.name == name)
                    isTouched = std::any_of(record.touched.begin(), record.touched.end(),
                                            [&](NodeId node) { return origins.contains(node); });
            if (!pass.canKeepApart) {
                if (isTouched && pass.level != passes::PassLevel::Hinted)
                    others << shown(name);
                continue;
            }
            if (!isTouched && !isKept)
                continue;
            PlanChoice choice{"plan.pass." + QString::fromStdString(name),
                              std::exchange(isFirst, false) ? tr("Passes") : QString(),
                              shown(pass.doc) + " " +
                                  tr("Unchecked, it leaves the nodes as the model has them."),
                              PlanChoice::Kind::Switch,
                              {shown(name)},
                              isKept ? 0 : 1,
                              !isKept};
            choice.choose = [this_ = step(tr("Keep %1 apart from %2").arg(m_subject, shown(name)),
                                          [name](const NodeHints& nodes, const PlanHints& now) {
                                              return nodes.withPass(now, name, false);
                                          }),
                             back = step(tr("Let %1 touch %2").arg(shown(name), m_subject),
                                         [name](const NodeHints& nodes, const PlanHints& now) {
                                             return nodes.withPass(now, name, true);
                                         })](int on) { return on != 0 ? back() : this_(); };
            add(std::move(choice));
        }
        if (isFirst || !others.isEmpty()) {
            PlanChoice row{"plan.passes", isFirst ? tr("Passes") : QString(), {}};
            row.whyNot = others.isEmpty() ? compiled ? tr("None changed it") : tr("Not compiled yet")
                                          : tr("%1; always").arg(others.join(", "));
            add(std::move(row));
        }
    }

    void addThreads()
    {
        PlanChoice choice{
            "plan.threads", tr("Threads"),
            tr("How many of the run's threads the kernel may use: small nodes are often faster on "
               "one. Other cuts can change the last bits of sums.")};
        if (!every(isComputed)) {
            choice.whyNot = tr("It runs a body");
            return add(std::move(choice));
        }
        const auto now = common<std::int64_t>([](const NodeWish& wish) { return wish.threads; });
        std::vector<std::int64_t> counts{0};
        for (std::int64_t count = 1; count <= std::clamp(QThread::idealThreadCount(), 1, 64); ++count)
            counts.push_back(count);
        if (now && std::find(counts.begin(), counts.end(), *now) == counts.end())
            counts.push_back(*now);
        for (std::int64_t count : counts)
            choice.options << (count == 0 ? tr("All of the run") : QString::number(count));
        if (now)
            choice.current = int(std::find(counts.begin(), counts.end(), *now) - counts.begin());
        choice.isOwn = now == 0;
        choice.choose = chooser(counts, [this](std::int64_t count) {
            return step(count == 0 ? tr("%1 on all threads").arg(m_subject)
                                   : tr("%1 on %2 thread(s)").arg(m_subject).arg(count),
                        [count](const NodeHints& nodes, const PlanHints& hints) {
                            return nodes.withThreads(hints, count);
                        });
        });
        add(std::move(choice));
    }

    void addKernel()
    {
        PlanChoice choice{"plan.kernel", tr("Kernel"),
                          tr("The way in which the node is computed. Another one rounds otherwise.")};
        const auto kernels = ops::kernelChoices(m_compute, m_compute.node(m_hints.nodes().front()));
        if (kernels.empty() ||
            !every([&](const graph::Node& node) { return ops::kernelChoices(m_compute, node) == kernels; })) {
            choice.whyNot = tr("One only for %1").arg(noneFor(tr("some of them")));
            return add(std::move(choice));
        }
        const auto now = common<std::string>([&](const NodeWish& wish) {
            return wish.kernel.empty() ? std::string(kernels.front()) : wish.kernel;
        });
        std::vector<std::string> names(kernels.begin(), kernels.end());
        for (const std::string& name : names)
            choice.options << shown(name);
        if (now)
            choice.current = int(choice.options.indexOf(shown(*now)));
        choice.isOwn = now == names.front();
        choice.choose = chooser(names, [this, own = names.front()](const std::string& name) {
            return step(
                tr("%1 by kernel %2").arg(m_subject, shown(name)),
                [name = name == own ? std::string() : name](const NodeHints& nodes, const PlanHints& hints) {
                    return nodes.withKernel(hints, name);
                });
        });
        add(std::move(choice));
    }

    void addPlace()
    {
        PlanChoice choice{"plan.place", tr("In place"), {}};
        const bool isConcat =
            every([](const graph::Node& node) { return node.opType == "Concat" && node.domain.empty(); });
        const bool canWriteOver = every([](const graph::Node& node) {
            const ops::OpSpec* spec = operatorOf(node);
            return spec != nullptr && !spec->inPlace.empty();
        });
        if (!isConcat && !canWriteOver) {
            choice.whyNot = tr("%1 writes over no input").arg(noneFor(tr("Not all of them can:")));
            if (m_hints.nodes().size() > 1)
                choice.whyNot = tr("Not all of them can");
            return add(std::move(choice));
        }
        choice.toolTip =
            isConcat ? tr("Whether its inputs are made right where they are joined")
                     : tr("Whether the result may take the place of an input that nobody reads later");
        choice.options = isConcat ? QStringList{tr("Inputs are copied"), tr("Inputs are made in it")}
                                  : QStringList{tr("Where it can"), tr("Never")};
        const PlaceWish other = isConcat ? PlaceWish::JoinInputs : PlaceWish::OutOfPlace;
        const auto now = common<PlaceWish>([](const NodeWish& wish) { return wish.place; });
        if (now)
            choice.current = *now == other ? 1 : 0;
        choice.isOwn = now == PlaceWish::Own;
        const std::vector<PlaceWish> places{PlaceWish::Own, other};
        choice.choose = chooser(places, [this](PlaceWish place) {
            const QString name = place == PlaceWish::OutOfPlace   ? tr("%1 out of place")
                                 : place == PlaceWish::JoinInputs ? tr("Join the inputs of %1 in place")
                                                                  : tr("Place of %1 as it comes");
            return step(name.arg(m_subject), [place](const NodeHints& nodes, const PlanHints& hints) {
                return nodes.withPlace(hints, place);
            });
        });
        add(std::move(choice));
    }

    const graph::ValueType& firstType(const graph::Node& node) const
    {
        const auto first = std::find_if(node.outputs.begin(), node.outputs.end(),
                                        [](ValueId output) { return output.valid(); });
        return m_compute.value(*first).type;
    }

    void addHeld()
    {
        using Type = std::optional<graph::DataType>;
        PlanChoice choice{
            "plan.held", tr("Result held as"),
            tr("The result is turned back right before each reader: less memory, less precision.")};
        const bool isWide = every([this](const graph::Node& node) {
            const graph::DataType type = firstType(node).element;
            return type == graph::DataType::Float32 || type == graph::DataType::Float64;
        });
        const bool isRead = std::all_of(m_hints.nodes().begin(), m_hints.nodes().end(), [this](NodeId id) {
            return !m_hints.readers(m_document.planHints(), id).empty();
        });
        if (!isWide || !isRead) {
            choice.whyNot =
                !isWide ? tr("Only float32 and float64 can be held narrower") : tr("No node reads it");
            return add(std::move(choice));
        }
        const auto own = firstType(m_compute.node(m_hints.nodes().front())).element;
        const std::vector<Type> types{std::nullopt, graph::DataType::Float16, graph::DataType::BFloat16};
        for (const Type& type : types)
            choice.options << shown(graph::name(type.value_or(own)));
        const auto now = common<Type>([](const NodeWish& wish) { return wish.held; });
        if (now)
            choice.current = int(std::find(types.begin(), types.end(), *now) - types.begin());
        choice.isOwn = now && !*now;
        choice.choose = chooser(types, [this, own](const Type& type) {
            return step(tr("Hold %1 as %2").arg(m_subject, shown(graph::name(type.value_or(own)))),
                        [type](const NodeHints& nodes, const PlanHints& hints) {
                            return nodes.withHeld(hints, type);
                        });
        });
        add(std::move(choice));
    }

    void addRecompute()
    {
        PlanChoice choice{"plan.recompute", tr("Computed"),
                          tr("Again for each reader: the result needs not be kept in between. Same bits.")};
        const bool isPure = every([](const graph::Node& node) {
            const ops::OpSpec* spec = operatorOf(node);
            return spec != nullptr && spec->purity == ops::Purity::Pure &&
                   spec->control == ops::Control::None && node.regions().empty();
        });
        const bool isShared = std::all_of(m_hints.nodes().begin(), m_hints.nodes().end(), [this](NodeId id) {
            return m_hints.readers(m_document.planHints(), id).size() > 1;
        });
        if (!isPure || !isShared) {
            choice.whyNot = !isPure ? tr("Once: it cannot run twice") : tr("Once: it has one reader at most");
            return add(std::move(choice));
        }
        choice.options = {tr("Once"), tr("For each reader")};
        const auto now = common<bool>([](const NodeWish& wish) { return wish.isComputedAgain; });
        if (now)
            choice.current = *now ? 1 : 0;
        choice.isOwn = now == false;
        choice.choose = chooser(std::vector<int>{0, 1}, [this](int again) {
            return step(again != 0 ? tr("Compute %1 for each reader").arg(m_subject)
                                   : tr("Compute %1 once").arg(m_subject),
                        [again](const NodeHints& nodes, const PlanHints& hints) {
                            return nodes.withRecompute(hints, again != 0);
                        });
        });
        add(std::move(choice));
    }

    // One step for each of the values, made now: `this` is gone when one is chosen.
    template<class T, class Make>
    std::function<QString(int)> chooser(const std::vector<T>& values, Make make) const
    {
        std::vector<std::function<QString()>> steps;
        for (const T& value : values)
            steps.push_back(make(value));
        return [steps = std::move(steps)](int index) {
            return index >= 0 && std::size_t(index) < steps.size() ? steps[std::size_t(index)]() : QString();
        };
    }

    Document& m_document;
    const graph::Graph& m_compute;
    const NodeHints m_hints;
    std::vector<NodeWish> m_wishes;
    QString m_subject;
    std::vector<PlanChoice> m_choices;
};

struct Graphs {
    std::shared_ptr<const document::LoadedModel> model;
    std::shared_ptr<const graph::Graph> compute;

    explicit Graphs(const Document& document)
        : model(document.model())
        , compute(document.stageGraph(GraphStage::Compute).graph)
    {}
    explicit operator bool() const { return model && compute; }
};

} // namespace

std::vector<NodeId> plannedNodes(const Document& document, const document::CurrentNode& current)
{
    const Graphs graphs(document);
    std::vector<NodeId> nodes;
    if (!graphs || current.stage != GraphStage::Compute)
        return nodes;
    const auto add = [&](std::uint64_t key) {
        const NodeId id = key < canvas::inputKey(0) ? NodeId(std::size_t(key)) : NodeId();
        if (id.valid() && graphs.compute->contains(id) && !plan::hintName(*graphs.compute, id).empty() &&
            std::find(nodes.begin(), nodes.end(), id) == nodes.end())
            nodes.push_back(id);
    };
    add(current.key);
    constexpr std::size_t most = 2000; // more are planned group by group
    for (std::uint64_t key : document.focus().alsoSelected())
        if (nodes.size() < most)
            add(key);
    return nodes;
}

std::vector<PlanChoice> planChoices(Document& document, const std::vector<NodeId>& nodes)
{
    const Graphs graphs(document);
    if (!graphs || nodes.empty())
        return {};
    return Choices(document, *graphs.model->dataflow, *graphs.compute, nodes).all();
}

QString whyPlanIsFixed(const Document& document)
{
    if (document.debugger().phase() != document::DebugController::Phase::Off)
        return tr("Stop the debugger to change the plan.");
    if (document.activity() == document::Activity::Running)
        return tr("The plan can be changed when nothing runs.");
    return {};
}

bool hasPlanHints(const Document& document, const std::vector<NodeId>& nodes)
{
    const Graphs graphs(document);
    if (!graphs || document.planHints().empty())
        return false;
    const NodeHints hints(*graphs.model->dataflow, *graphs.compute, nodes);
    return !(hints.without(document.planHints()) == document.planHints());
}

QString clearPlan(Document& document, const std::vector<NodeId>& nodes)
{
    const Graphs graphs(document);
    if (!graphs)
        return {};
    const NodeHints hints(*graphs.model->dataflow, *graphs.compute, nodes);
    const auto done = document.hintHistory().change(
        hints.without(document.planHints()), tr("Take back the hints of %1 node(s)").arg(nodes.size()));
    return done.ok() ? QString() : shown(done.error().text());
}

QStringList planWarnings(const Document& document, const std::vector<NodeId>& nodes)
{
    QStringList texts;
    const Graphs graphs(document);
    if (!graphs || document.planHints().empty())
        return texts;
    std::set<std::string> names;
    for (NodeId id : nodes)
        names.insert(displayText(plan::hintName(*graphs.compute, id), 200));
    for (const Problem& problem : document.problems())
        if (problem.code == "plan-hint" && names.contains(problem.node))
            texts << shown(problem.text);
    texts.removeDuplicates();
    return texts;
}

} // namespace orrery::panels
