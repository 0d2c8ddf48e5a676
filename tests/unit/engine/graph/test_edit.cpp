// SPDX-License-Identifier: Apache-2.0
//
// Every primitive edit does what it says, and its inverse gives back an equal model; what does not fit is
// refused by name and changes nothing.
#include "engine/graph/edit.h"
#include "engine/graph/verify.h"

#include <QTest>

#include <functional>

using namespace orrery;
using namespace orrery::graph;

namespace {

// x → Relu "relu" → r → Add(r, w) "add" → y; If "if" with a body Neg(r) → n → inner If with Abs(n) → a
struct Sample {
    Model model;
    ValueId x, r, w, y, cond, out, n, nestedOut, a, unused;
    NodeId relu, add, branch, neg, nestedBranch, abs;
    RegionId body, nestedBody;

    Sample()
    {
        model.opsets = {{"", 13}};
        Graph& g = model.graph;
        RegionId main = g.mainRegion();
        x = g.addValue(main, "x", ValueType::tensor(DataType::Float32, Shape::of({2})));
        r = g.addValue(main, "r");
        y = g.addValue(main, "y");
        w = g.addConstant(main, "w", Tensor::of<float>({2}, {1, 2}));
        cond = g.addConstant(main, "cond", Tensor::scalar<bool>(true));
        out = g.addValue(main, "out");
        unused = g.addValue(main, "unused");
        g.main().inputs = {x};
        g.main().outputs = {y, out};
        relu = node("Relu", "relu", {x}, {r}, main);
        add = node("Add", "add", {r, w}, {y}, main);
        g.node(add).setAttribute("alpha", 0.5f);
        g.node(add).setAttribute("axes", std::vector<std::int64_t>{1, 2});
        branch = node("If", "if", {cond}, {out}, main);
        body = g.addRegion(branch, "then_branch");
        g.node(branch).setAttribute("then_branch", body);
        n = g.addValue(body, "n");
        nestedOut = g.addValue(body, "nested_out");
        neg = node("Neg", "neg", {r}, {n}, body);
        nestedBranch = node("If", "nested", {cond}, {nestedOut}, body);
        g.region(body).outputs = {nestedOut};
        nestedBody = g.addRegion(nestedBranch, "then_branch");
        g.node(nestedBranch).setAttribute("then_branch", nestedBody);
        a = g.addValue(nestedBody, "a");
        ValueId inner = g.addConstant(nestedBody, "inner", Tensor::of<float>({1}, {3}));
        abs = node("Add", "abs", {n, inner}, {a}, nestedBody);
        g.region(nestedBody).outputs = {a};
        Function function;
        function.name = "twice";
        function.domain = "local";
        ValueId in = function.body.addValue(RegionId(0), "in");
        ValueId result = function.body.addValue(RegionId(0), "result");
        function.body.main().inputs = {in};
        function.body.main().outputs = {result};
        Node sum;
        sum.opType = "Add";
        sum.inputs = {in, in};
        sum.outputs = {result};
        function.body.addNode(RegionId(0), sum);
        model.functions.push_back(function);
    }

    NodeId node(std::string op, std::string name, std::vector<ValueId> in, std::vector<ValueId> made,
                RegionId region)
    {
        Node node;
        node.opType = std::move(op);
        node.name = std::move(name);
        node.inputs = std::move(in);
        node.outputs = std::move(made);
        return model.graph.addNode(region, std::move(node));
    }

    Node newNode(std::string op, std::vector<ValueId> in, std::vector<ValueId> made) const
    {
        Node node;
        node.id = NodeId(model.graph.nodeSlots());
        node.opType = std::move(op);
        node.inputs = std::move(in);
        node.outputs = std::move(made);
        node.region = RegionId(0);
        return node;
    }

    Value newValue(std::string name, std::size_t offset = 0) const
    {
        Value value;
        value.id = ValueId(model.graph.valueSlots() + offset);
        value.name = std::move(name);
        value.region = RegionId(0);
        return value;
    }
};

Attribute attribute(std::string name, AttributeValue value)
{
    Attribute result;
    result.name = std::move(name);
    result.value = std::move(value);
    return result;
}

std::string brokenLinks(const Model& model)
{
    for (const Problem& problem : verify(model))
        if (problem.code == "dead-reference" || problem.code == "wrong-region" ||
            problem.code == "wrong-producer")
            return problem.code + ": " + problem.text;
    return {};
}

using MakeEdit = std::function<Edit(const Sample&)>;
using Check = std::function<bool(const Sample&, const Model&)>;

struct EditCase {
    const char* name;
    MakeEdit make;
    Check check; // of the model after it
};

struct RefusalCase {
    const char* name;
    MakeEdit make;
    const char* says;
};

const std::vector<EditCase>& editCases()
{
    static const std::vector<EditCase> cases = {
        {"add node",
         [](const Sample& s) {
             return AddNode{s.newNode("Neg", {s.r}, {s.unused}), 1};
         },
         [](const Sample& s, const Model& m) {
             NodeId made = m.graph.value(s.unused).producer;
             return m.graph.node(made).opType == "Neg" && m.graph.main().nodes[1] == made;
         }},
        {"remove node", [](const Sample& s) { return RemoveNode{s.relu}; },
         [](const Sample& s, const Model& m) {
             return !m.graph.contains(s.relu) && !m.graph.value(s.r).producer.valid() &&
                    m.graph.main().nodes.front() == s.add;
         }},
        {"remove node with bodies", [](const Sample& s) { return RemoveNode{s.branch}; },
         [](const Sample& s, const Model& m) {
             return !m.graph.region(s.body).alive && !m.graph.region(s.nestedBody).alive &&
                    !m.graph.contains(s.abs) && !m.graph.contains(s.n) && !m.graph.contains(s.a);
         }},
        {"add values",
         [](const Sample& s) {
             return AddValues{{s.newValue("p"), s.newValue("q", 1)}};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.value(ValueId(s.model.graph.valueSlots() + 1)).name == "q";
         }},
        {"remove values", [](const Sample& s) { return RemoveValues{{s.unused}}; },
         [](const Sample& s, const Model& m) { return !m.graph.contains(s.unused); }},
        {"connect",
         [](const Sample& s) {
             return Connect{s.abs, 1, s.x};
         },
         [](const Sample& s, const Model& m) { return m.graph.node(s.abs).inputs[1] == s.x; }},
        {"disconnect",
         [](const Sample& s) {
             return Connect{s.add, 0, ValueId()};
         },
         [](const Sample& s, const Model& m) { return !m.graph.node(s.add).inputs[0].valid(); }},
        {"set inputs",
         [](const Sample& s) {
             return SetInputs{s.add, {s.x, s.r, s.w}};
         },
         [](const Sample& s, const Model& m) { return m.graph.node(s.add).inputs.size() == 3; }},
        {"set outputs",
         [](const Sample& s) {
             return SetOutputs{s.add, {s.unused, s.y}};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.value(s.unused).producer == s.add && m.graph.value(s.y).producer == s.add;
         }},
        {"insert attribute",
         [](const Sample& s) {
             return InsertAttribute{s.add, 0, attribute("mode", std::string("max"))};
         },
         [](const Sample& s, const Model& m) { return m.graph.node(s.add).attributes[0].name == "mode"; }},
        {"erase attribute",
         [](const Sample& s) {
             return EraseAttribute{s.add, 0};
         },
         [](const Sample& s, const Model& m) { return m.graph.node(s.add).attributes.size() == 1; }},
        {"replace attribute",
         [](const Sample& s) {
             return ReplaceAttribute{s.add, 0, attribute("alpha", 0.25f)};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.node(s.add).floatAttribute("alpha", 0) == 0.25f;
         }},
        {"rename the attribute of a body",
         [](const Sample& s) {
             return ReplaceAttribute{s.branch, 0, attribute("else_branch", s.body)};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.region(s.body).attributeName == "else_branch";
         }},
        {"set node fields",
         [](const Sample& s) {
             NodeFields fields = fieldsOf(s.model.graph.node(s.relu));
             fields.name = "act";
             fields.opType = "LeakyRelu";
             fields.metadata = {{"k", "v"}};
             return SetNodeFields{s.relu, fields};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.node(s.relu).opType == "LeakyRelu" && m.graph.node(s.relu).name == "act";
         }},
        {"move node",
         [](const Sample& s) {
             return MoveNode{s.relu, 2};
         },
         [](const Sample& s, const Model& m) { return m.graph.main().nodes[2] == s.relu; }},
        {"rename value",
         [](const Sample& s) {
             return SetValueName{s.r, "hidden"};
         },
         [](const Sample& s, const Model& m) { return m.graph.value(s.r).name == "hidden"; }},
        {"set value type",
         [](const Sample& s) {
             return SetValueType{s.x, ValueType::tensor(DataType::Float16, Shape({Dim::symbolic("N")}))};
         },
         [](const Sample& s, const Model& m) { return m.graph.value(s.x).type.text() == "float16 N"; }},
        {"set initializer",
         [](const Sample& s) {
             return SetInitializer{s.unused, Initializer{Tensor::of<float>({1}, {4}), {}, {}, {}}, 0};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.main().initializers.front() == s.unused &&
                    m.graph.value(s.unused).initializer->tensor.data<float>()[0] == 4;
         }},
        {"replace initializer",
         [](const Sample& s) {
             return SetInitializer{s.w, Initializer{Tensor::of<float>({2}, {4, 5}), {}, {}, {}}};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.value(s.w).initializer->tensor.data<float>()[1] == 5;
         }},
        {"remove initializer",
         [](const Sample& s) {
             return SetInitializer{s.w, std::nullopt};
         },
         [](const Sample& s, const Model& m) {
             return !m.graph.value(s.w).isConstant() && m.graph.main().initializers.size() == 1;
         }},
        {"add graph input",
         [](const Sample& s) {
             return InsertInList{RegionId(0), ValueList::Inputs, 0, s.unused};
         },
         [](const Sample& s, const Model& m) { return m.graph.main().inputs.front() == s.unused; }},
        {"remove graph output",
         [](const Sample&) {
             return EraseFromList{RegionId(0), ValueList::Outputs, 0};
         },
         [](const Sample& s, const Model& m) { return m.graph.main().outputs.front() == s.out; }},
        {"reorder initializers",
         [](const Sample&) {
             return MoveInList{RegionId(0), ValueList::Initializers, 0, 1};
         },
         [](const Sample& s, const Model& m) { return m.graph.main().initializers.back() == s.w; }},
        {"set graph fields",
         [](const Sample& s) {
             return SetRegionFields{s.body, "then", "what is done", {{"a", "b"}}};
         },
         [](const Sample& s, const Model& m) { return m.graph.region(s.body).name == "then"; }},
        {"set roots",
         [](const Sample& s) {
             return SetRoots{{Root{"part", {s.x}, {s.r}}}};
         },
         [](const Sample& s, const Model& m) { return m.graph.findRoot("part")->outputs.front() == s.r; }},
        {"set operator sets",
         [](const Sample&) {
             return SetOpsets{{{"", 17}, {"local", 1}}};
         },
         [](const Sample&, const Model& m) { return m.opsetVersion("local") == 1; }},
        {"set model fields",
         [](const Sample& s) {
             ModelFields fields = fieldsOf(s.model);
             fields.doc = "a model";
             fields.metadata = {{"author", "me"}};
             fields.modelVersion = 7;
             return SetModelFields{fields};
         },
         [](const Sample&, const Model& m) { return m.modelVersion == 7 && m.doc == "a model"; }},
        {"add function",
         [](const Sample& s) {
             Function function = s.model.functions.front();
             function.name = "copy";
             return AddFunction{function, 0};
         },
         [](const Sample&, const Model& m) { return m.functions.front().name == "copy"; }},
        {"remove function", [](const Sample&) { return RemoveFunction{0}; },
         [](const Sample&, const Model& m) { return m.functions.empty(); }},
        {"change inside of a function",
         [](const Sample& s) {
             NodeFields fields = fieldsOf(s.model.functions[0].body.node(NodeId(0)));
             fields.opType = "Mul";
             return InFunction{0, {SetNodeFields{NodeId(0), fields}, SetValueName{ValueId(0), "input"}}};
         },
         [](const Sample&, const Model& m) {
             return m.functions[0].body.node(NodeId(0)).opType == "Mul" &&
                    m.functions[0].body.value(ValueId(0)).name == "input";
         }},
        {"group",
         [](const Sample& s) {
             return Group{"Insert Neg",
                          {AddValues{{s.newValue("negated")}},
                           AddNode{s.newNode("Neg", {s.r}, {ValueId(s.model.graph.valueSlots())}), 1},
                           Connect{s.add, 0, ValueId(s.model.graph.valueSlots())}}};
         },
         [](const Sample& s, const Model& m) {
             return m.graph.node(m.graph.value(m.graph.node(s.add).inputs[0]).producer).opType == "Neg";
         }},
    };
    return cases;
}

const std::vector<RefusalCase>& refusalCases()
{
    static const std::vector<RefusalCase> cases = {
        {"a node that is not there", [](const Sample&) { return RemoveNode{NodeId(99)}; }, "node #99"},
        {"no node", [](const Sample&) { return RemoveNode{}; }, "no node is named"},
        {"an id in use",
         [](const Sample& s) {
             Node node = s.newNode("Neg", {s.r}, {});
             node.id = s.add;
             return AddNode{node};
         },
         "in use"},
        {"an id far away",
         [](const Sample& s) {
             Node node = s.newNode("Neg", {s.r}, {});
             node.id = NodeId(4'000'000'000u);
             return AddNode{node};
         },
         "not the next free one"},
        {"an output that is made already",
         [](const Sample& s) { return AddNode{s.newNode("Neg", {s.x}, {s.y})}; }, "made already"},
        {"a place beyond the end",
         [](const Sample& s) {
             return AddNode{s.newNode("Neg", {s.x}, {s.unused}), 77};
         },
         "place 77"},
        {"a body of somebody else",
         [](const Sample& s) {
             Node node = s.newNode("If", {s.cond}, {s.unused});
             node.setAttribute("then_branch", s.body);
             return AddNode{node};
         },
         "does not come with it"},
        {"bodies inside of each other",
         [](const Sample& s) {
             AddNode edit{s.newNode("If", {s.cond}, {s.unused})};
             Region first, second;
             first.id = RegionId(s.model.graph.regionSlots());
             second.id = RegionId(s.model.graph.regionSlots() + 1);
             Node inner = s.newNode("If", {}, {}), other = inner;
             inner.id = NodeId(edit.node.id.index() + 1);
             other.id = NodeId(edit.node.id.index() + 2);
             inner.region = second.id;
             other.region = first.id;
             first.parent = inner.id;
             second.parent = other.id;
             inner.setAttribute("body", first.id);
             other.setAttribute("body", second.id);
             first.nodes = {other.id};
             second.nodes = {inner.id};
             edit.regions = {first, second};
             edit.inner = {inner, other};
             return edit;
         },
         "inside of each other"},
        {"a value that is read",
         [](const Sample& s) {
             return RemoveValues{{s.unused, s.x}};
         },
         "relu reads it"},
        {"a value with a tensor", [](const Sample& s) { return RemoveValues{{s.w}}; }, "has a tensor"},
        {"an input that is not there",
         [](const Sample& s) {
             return Connect{s.add, 2, s.x};
         },
         "no input 2"},
        {"a value out of scope",
         [](const Sample& s) {
             return Connect{s.add, 0, s.a};
         },
         "value \"a\""},
        {"an output of another graph",
         [](const Sample& s) {
             return SetOutputs{s.add, {s.n}};
         },
         "value \"n\""},
        {"an output of another node",
         [](const Sample& s) {
             return SetOutputs{s.add, {s.r}};
         },
         "relu makes"},
        {"an output twice",
         [](const Sample& s) {
             return SetOutputs{s.add, {s.y, s.y}};
         },
         "twice"},
        {"a body as an attribute",
         [](const Sample& s) {
             return InsertAttribute{s.add, 0, attribute("body", s.body)};
         },
         "comes and goes with its node"},
        {"removing a body",
         [](const Sample& s) {
             return EraseAttribute{s.branch, 0};
         },
         "comes and goes with its node"},
        {"an attribute that is not there",
         [](const Sample& s) {
             return EraseAttribute{s.relu, 0};
         },
         "no attribute"},
        {"an input that lives elsewhere",
         [](const Sample& s) {
             return InsertInList{RegionId(0), ValueList::Inputs, 0, s.n};
         },
         "another graph"},
        {"a list's end",
         [](const Sample&) {
             return EraseFromList{RegionId(0), ValueList::Outputs, 2};
         },
         "place 2"},
        {"a root of what is not there",
         [](const Sample&) {
             return SetRoots{{Root{"part", {ValueId(1000)}, {}}}};
         },
         "value #1000"},
        {"operator sets in a function's body",
         [](const Sample&) {
             return InFunction{0, {SetOpsets{}}};
         },
         "of its own"},
        {"a function that is not there", [](const Sample&) { return RemoveFunction{4}; }, "function #4"},
        {"a group of which the last does not fit",
         [](const Sample& s) {
             return Group{"Wrong",
                          {SetValueName{s.x, "z"}, RemoveNode{s.branch}, AddValues{{s.newValue("v")}},
                           MoveNode{s.add, 0}, Connect{s.relu, 5, s.x}}};
         },
         "no input 5"},
        {"groups without end",
         [](const Sample& s) {
             Edit edit = SetValueName{s.x, "z"};
             for (int i = 0; i < 100; ++i)
                 edit = Group{"g", {edit}};
             return edit;
         },
         "deeper than"},
    };
    return cases;
}

} // namespace

class TestEdit : public QObject {
    Q_OBJECT

private slots:
    void inverseGivesBackAnEqualModel_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < editCases().size(); ++i)
            QTest::newRow(editCases()[i].name) << i;
    }
    void inverseGivesBackAnEqualModel()
    {
        QFETCH(std::size_t, index);
        const EditCase& edit = editCases()[index];
        const Sample sample;
        Model model = sample.model;
        auto inverse = apply(model, edit.make(sample));
        QVERIFY2(inverse.ok(), inverse.ok() ? "" : inverse.error().text().c_str());
        QVERIFY(edit.check(sample, model));
        QVERIFY(!equal(model, sample.model));
        QCOMPARE(brokenLinks(model), std::string());
        const Model changed = model;
        auto again = apply(model, *inverse);
        QVERIFY(again.ok());
        QVERIFY(equal(model, sample.model));
        auto back = apply(model, *again);
        QVERIFY(back.ok());
        QVERIFY(equal(model, changed));
        QVERIFY(apply(model, *back).ok());
        QVERIFY(equal(model, sample.model));
    }

    void whatDoesNotFitChangesNothing_data()
    {
        QTest::addColumn<std::size_t>("index");
        for (std::size_t i = 0; i < refusalCases().size(); ++i)
            QTest::newRow(refusalCases()[i].name) << i;
    }
    void whatDoesNotFitChangesNothing()
    {
        QFETCH(std::size_t, index);
        const RefusalCase& refusal = refusalCases()[index];
        const Sample sample;
        Model model = sample.model;
        auto result = apply(model, refusal.make(sample));
        QVERIFY(!result.ok());
        QVERIFY2(result.error().text().find(refusal.says) != std::string::npos,
                 result.error().text().c_str());
        QVERIFY(equal(model, sample.model));
        QCOMPARE(brokenLinks(model), std::string());
    }

    void aBodyWhoseValuesAreReadOutsideStays()
    {
        Sample sample;
        sample.model.graph.node(sample.add).inputs[0] = sample.n; // what no edit would do
        Model before = sample.model;
        auto result = apply(sample.model, RemoveNode{sample.branch});
        QVERIFY(!result.ok());
        QVERIFY(result.error().text().find("add reads it") != std::string::npos);
        QVERIFY(equal(sample.model, before));
    }

    void equalitySeesEveryField()
    {
        using Change = std::function<void(Sample&)>;
        const std::vector<Change> changes = {
            [](Sample& s) { s.model.graph.node(s.relu).doc = "d"; },
            [](Sample& s) { s.model.graph.node(s.relu).extra = "d"; },
            [](Sample& s) { s.model.graph.node(s.relu).origins = {s.add}; },
            [](Sample& s) { s.model.graph.node(s.add).attributes[0].doc = "d"; },
            [](Sample& s) { s.model.graph.node(s.add).attributes[0].value = -0.0f; },
            [](Sample& s) { s.model.graph.value(s.x).extra = "d"; },
            [](Sample& s) { s.model.graph.value(s.w).initializer->doc = "d"; },
            [](Sample& s) {
                s.model.graph.value(s.w).initializer->tensor = Tensor::of<float>({2}, {1, 3});
            },
            [](Sample& s) { s.model.graph.region(s.body).extra = "d"; },
            [](Sample& s) { s.model.graph.region(s.body).valueInfos.push_back(s.n); },
            [](Sample& s) { std::swap(s.model.graph.main().nodes[0], s.model.graph.main().nodes[1]); },
            [](Sample& s) {
                s.model.graph.roots().push_back({"a", {}, {}});
            },
            [](Sample& s) { s.model.functions[0].body.node(NodeId(0)).name = "d"; },
            [](Sample& s) { s.model.functions[0].attributes.push_back("d"); },
            [](Sample& s) { s.model.extra = "d"; },
            [](Sample& s) { s.model.graph.addValue(RegionId(0), "late"); },
        };
        const Sample sample;
        for (std::size_t i = 0; i < changes.size(); ++i) {
            Sample other = sample;
            QVERIFY(equal(other.model, sample.model));
            changes[i](other);
            QVERIFY2(!equal(other.model, sample.model), qPrintable(QString::number(i)));
        }
    }
};

QTEST_APPLESS_MAIN(TestEdit)
#include "test_edit.moc"
