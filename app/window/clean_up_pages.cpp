// SPDX-License-Identifier: Apache-2.0
#include "app/window/clean_up_pages.h"

#include "engine/edit/convert_float.h"
#include "engine/edit/convert_opset.h"
#include "engine/edit/simplify.h"
#include "engine/edit/storage.h"
#include "engine/edit/tidy.h"
#include "views/document/range_check.h"
#include "views/panels/empty_state.h"

#include <QCheckBox>
#include <QComboBox>
#include <QCoreApplication>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QVBoxLayout>

#include <algorithm>
#include <limits>

namespace orrery::window {
namespace {

const ops::OpRegistry& registry() { return ops::OpRegistry::builtin(); }

QString tr(const char* text) { return QCoreApplication::translate("cleanUp", text); }

QFormLayout* makeForm(QWidget* page)
{
    auto* form = new QFormLayout(page);
    form->setContentsMargins(0, 0, 0, 0);
    form->setLabelAlignment(Qt::AlignLeft);
    return form;
}

class SimplifyPage final : public CleanUpPage {
public:
    explicit SimplifyPage(QWidget* parent)
        : CleanUpPage(parent)
    {
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(4);
        for (const edit::SimplifyKind& kind : edit::simplifyKinds()) {
            const QString pass = QString::fromUtf8(kind.pass.data(), int(kind.pass.size()));
            auto* box =
                new QCheckBox(tr(QByteArray(kind.title.data(), int(kind.title.size())).constData()), this);
            box->setObjectName(pass);
            box->setToolTip(QString::fromUtf8(kind.doc.data(), int(kind.doc.size())));
            box->setAccessibleDescription(box->toolTip());
            box->setChecked(true);
            auto* row = new QHBoxLayout;
            box->setMinimumWidth(110);
            row->addWidget(box);
            auto* about = panels::plainLabel(box->toolTip(), this);
            about->setEnabled(false);
            row->addWidget(about, 1);
            column->addLayout(row);
            connect(box, &QCheckBox::toggled, this, &CleanUpPage::changed);
            m_kinds.emplace_back(pass.toStdString(), box);
        }
    }

    CleanUpWork work() const override
    {
        std::set<std::string> kinds;
        for (const auto& [pass, box] : m_kinds)
            if (box->isChecked())
                kinds.insert(pass);
        return [kinds](const graph::Model& model, const edit::Progress& progress) -> Result<edit::CleanUp> {
            if (kinds.empty())
                return edit::cleanUpOf(model, model, "Simplify", {});
            return edit::simplify(model, registry(), kinds, progress);
        };
    }

private:
    std::vector<std::pair<std::string, QCheckBox*>> m_kinds;
};

class OpsetPage final : public CleanUpPage {
public:
    OpsetPage(const graph::Model& model, QWidget* parent)
        : CleanUpPage(parent)
        , m_version(new QSpinBox(this))
    {
        auto* form = makeForm(this);
        const int now = int(model.opsetVersion(""));
        m_version->setObjectName("opsetVersion");
        m_version->setRange(int(edit::oldestOpset), int(edit::newestOpset));
        m_version->setValue(now < 17 ? 17 : now == 17 ? 21 : 17);
        m_version->setMaximumWidth(100);
        form->addRow(tr("&Version"), m_version);
        form->addRow(tr("The model has"), panels::plainLabel(QString::number(now), this));
        connect(m_version, &QSpinBox::valueChanged, this, &CleanUpPage::changed);
    }

    CleanUpWork work() const override
    {
        return [version = m_version->value()](const graph::Model& model, const edit::Progress& progress) {
            return edit::convertOpset(model, registry(), version, progress);
        };
    }

private:
    QSpinBox* m_version;
};

class FloatPage final : public CleanUpPage {
public:
    FloatPage(const std::set<NodeId>& selected, document::Document& document, QWidget* parent)
        : CleanUpPage(parent)
        , m_document(document)
        , m_selected(selected)
        , m_type(new QComboBox(this))
        , m_keep(new QLineEdit(this))
        , m_keepSelected(new QCheckBox(this))
        , m_outer(new QCheckBox(tr("&Inputs and outputs of the graph stay float"), this))
        , m_keepBeyond(new QCheckBox(this))
        , m_check(new QPushButton(this))
    {
        auto* form = makeForm(this);
        m_type->setObjectName("floatType");
        m_type->addItem("float16", int(graph::DataType::Float16));
        m_type->addItem("bfloat16", int(graph::DataType::BFloat16));
        m_type->setMaximumWidth(140);
        QStringList operators;
        for (const std::string& op : edit::operatorsKeptInFloat())
            operators << QString::fromStdString(op);
        m_keep->setObjectName("keepOperators");
        m_keep->setText(operators.join(' '));
        m_keep->setCursorPosition(0);
        m_keep->setToolTip(tr("Operators that go on computing in float, with spaces between them"));
        m_keepSelected->setText(tr("The %1 &selected nodes, too").arg(selected.size()));
        m_keepSelected->setChecked(!selected.empty());
        m_keepSelected->setVisible(!selected.empty());
        m_outer->setObjectName("keepOuter");
        m_outer->setChecked(true);
        form->addRow(tr("&Type"), m_type);
        form->addRow(tr("&Kept in float"), m_keep);
        if (!selected.empty())
            form->addRow(QString(), m_keepSelected);
        form->addRow(QString(), m_outer);
        m_keepBeyond->setObjectName("keepBeyond");
        m_keepBeyond->setToolTip(tr("Nodes that read or make NaN, an infinity, numbers beyond half of the "
                                    "type's largest, or none but numbers too small for it"));
        m_check->setObjectName("checkRanges");
        auto* ranges = new QHBoxLayout;
        ranges->addWidget(m_keepBeyond, 1);
        ranges->addWidget(m_check);
        form->addRow(QString(), ranges);
        connect(m_check, &QPushButton::clicked, this, [this] {
            if (m_document.ranges().isRunning())
                m_document.ranges().cancel();
            else
                m_document.ranges().start();
        });
        connect(&document.ranges(), &document::RangeCheck::changed, this, &FloatPage::onRanges);
        connect(&document.ranges(), &document::RangeCheck::progress, this,
                [this](int percent) { m_keepBeyond->setText(tr("Running once … %1 %").arg(percent)); });
        connect(&document.ranges(), &document::RangeCheck::failed, this, [this](const QString& why) {
            QMetaObject::invokeMethod(
                m_keepBeyond, [this, why] { m_keepBeyond->setText(why); }, Qt::QueuedConnection);
        });
        showRanges();
        connect(m_type, &QComboBox::currentIndexChanged, this, &FloatPage::showRanges);
        connect(m_keepBeyond, &QCheckBox::toggled, this, &CleanUpPage::changed);
        connect(m_type, &QComboBox::currentIndexChanged, this, &CleanUpPage::changed);
        connect(m_keep, &QLineEdit::textChanged, this, &CleanUpPage::changed);
        connect(m_keepSelected, &QCheckBox::toggled, this, &CleanUpPage::changed);
        connect(m_outer, &QCheckBox::toggled, this, &CleanUpPage::changed);
    }

    CleanUpWork work() const override
    {
        edit::FloatOptions options;
        options.type = static_cast<graph::DataType>(m_type->currentData().toInt());
        for (const QString& op : m_keep->text().split(QRegularExpression("[\\s,;]+"), Qt::SkipEmptyParts))
            options.keepOperators.insert(op.toStdString());
        if (m_keepSelected->isChecked())
            options.keepNodes = m_selected;
        if (m_keepBeyond->isChecked() && m_keepBeyond->isEnabled())
            options.keepNodes.merge(beyond());
        options.inputsAndOutputs =
            m_outer->isChecked() ? edit::OuterTypes::Kept : edit::OuterTypes::Converted;
        return [options](const graph::Model& model, const edit::Progress& progress) {
            return edit::convertFloat(model, registry(), options, progress);
        };
    }

private:
    document::Document& m_document;
    const std::set<NodeId> m_selected;
    QComboBox* m_type;
    QLineEdit* m_keep;
    QCheckBox *m_keepSelected, *m_outer, *m_keepBeyond;
    QPushButton* m_check;

    std::set<NodeId> beyond() const
    {
        const auto ranges = m_document.ranges().ranges();
        const bool isHalf = m_type->currentData().toInt() == int(graph::DataType::Float16);
        return ranges ? document::nodesBeyond(m_document.editor().model().graph, *ranges,
                                              isHalf ? document::float16Range : document::bfloat16Range)
                      : std::set<NodeId>();
    }

    void onRanges()
    {
        showRanges();
        if (!m_document.ranges().isRunning() && m_document.ranges().isOfNow()) {
            m_keepBeyond->setChecked(true);
            emit changed();
        }
    }

    // Only of the model as it is now: another one may compute other numbers.
    void showRanges()
    {
        const document::RangeCheck& check = m_document.ranges();
        const bool isKnown = !check.isRunning() && check.isOfNow();
        m_keepBeyond->setEnabled(isKnown);
        m_keepBeyond->setText(isKnown ? tr("&Nodes whose numbers do not fit: %1").arg(beyond().size())
                              : check.isRunning() ? tr("Running once …")
                                                  : tr("Nodes whose numbers do not fit: not checked"));
        m_check->setText(check.isRunning() ? tr("Stop")
                         : isKnown         ? tr("Check again")
                                           : tr("&Check by a run"));
    }
};

class BatchPage final : public CleanUpPage {
public:
    explicit BatchPage(QWidget* parent)
        : CleanUpPage(parent)
        , m_fixed(new QRadioButton(tr("A &number"), this))
        , m_open(new QRadioButton(tr("A n&ame, so that any number fits"), this))
        , m_number(new QSpinBox(this))
        , m_name(new QLineEdit("batch", this))
    {
        auto* form = makeForm(this);
        m_number->setObjectName("batchNumber");
        m_number->setRange(1, 1 << 20);
        m_number->setMaximumWidth(140);
        m_name->setObjectName("batchName");
        m_name->setMaximumWidth(140);
        m_open->setObjectName("batchIsName");
        m_fixed->setChecked(true);
        form->addRow(m_fixed, m_number);
        form->addRow(m_open, m_name);
        m_name->setEnabled(false);
        connect(m_fixed, &QRadioButton::toggled, this, [this](bool fixed) {
            m_number->setEnabled(fixed);
            m_name->setEnabled(!fixed);
            emit changed();
        });
        connect(m_number, &QSpinBox::valueChanged, this, &CleanUpPage::changed);
        connect(m_name, &QLineEdit::textChanged, this, &CleanUpPage::changed);
    }

    CleanUpWork work() const override
    {
        edit::Batch batch;
        if (m_fixed->isChecked())
            batch.number = m_number->value();
        else
            batch.name = m_name->text().trimmed().toStdString();
        return [batch](const graph::Model& model, const edit::Progress&) {
            return edit::fixBatch(model, registry(), batch);
        };
    }

private:
    QRadioButton *m_fixed, *m_open;
    QSpinBox* m_number;
    QLineEdit* m_name;
};

class TidyPage final : public CleanUpPage {
public:
    explicit TidyPage(QWidget* parent)
        : CleanUpPage(parent)
        , m_name(new QRadioButton(tr("&Name the nodes and values that have no name"), this))
        , m_strip(new QRadioButton(tr("S&trip names and documentation of nodes"), this))
        , m_sort(new QRadioButton(tr("&Sort nodes into the order in which they run"), this))
    {
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        m_name->setChecked(true);
        m_strip->setObjectName("stripNames");
        m_sort->setObjectName("sortNodes");
        for (QRadioButton* button : {m_name, m_strip, m_sort}) {
            column->addWidget(button);
            connect(button, &QRadioButton::toggled, this, [this](bool on) {
                if (on)
                    emit changed();
            });
        }
    }

    CleanUpWork work() const override
    {
        auto tool = m_name->isChecked()    ? edit::nameAll
                    : m_strip->isChecked() ? edit::stripNames
                                           : edit::sortAll;
        return [tool](const graph::Model& model, const edit::Progress&) { return tool(model); };
    }

private:
    QRadioButton *m_name, *m_strip, *m_sort;
};

class WeightsPage final : public CleanUpPage {
public:
    WeightsPage(const graph::Model& model, QWidget* parent)
        : CleanUpPage(parent)
        , m_out(new QRadioButton(tr("&Out, tensors from"), this))
        , m_back(new QRadioButton(tr("All &back into the model file"), this))
        , m_bytes(new QSpinBox(this))
    {
        auto* form = makeForm(this);
        m_bytes->setObjectName("leastBytes");
        m_bytes->setRange(1, std::numeric_limits<int>::max());
        m_bytes->setValue(usualLeastBytes);
        m_bytes->setGroupSeparatorShown(true);
        m_bytes->setSuffix(tr(" bytes"));
        m_bytes->setAccessibleName(tr("Least size of a tensor, in bytes"));
        m_bytes->setMaximumWidth(160);
        m_back->setObjectName("weightsBack");
        m_out->setChecked(true);
        if (isAllOutside(model)) {
            m_back->setChecked(true);
            m_bytes->setEnabled(false);
        }
        form->addRow(m_out, m_bytes);
        form->addRow(m_back);
        connect(m_out, &QRadioButton::toggled, this, [this](bool out) {
            m_bytes->setEnabled(out);
            emit changed();
        });
        connect(m_bytes, &QSpinBox::valueChanged, this, &CleanUpPage::changed);
    }

    CleanUpWork work() const override
    {
        if (m_back->isChecked())
            return
                [](const graph::Model& model, const edit::Progress&) { return edit::weightsInside(model); };
        return [least = m_bytes->value()](const graph::Model& model, const edit::Progress&) {
            return edit::weightsBeside(model, least);
        };
    }

private:
    static constexpr int usualLeastBytes = 1024;

    // What would go out is there already, so the wish is for the way back.
    static bool isAllOutside(const graph::Model& model)
    {
        bool anyOutside = false;
        for (std::size_t i = 0; i < model.graph.valueSlots(); ++i) {
            const graph::Value& value = model.graph.value(ValueId(i));
            if (!value.alive || !value.initializer)
                continue;
            if (value.initializer->external)
                anyOutside = true;
            else if (value.initializer->tensor.byteSize() >= usualLeastBytes)
                return false;
        }
        return anyOutside;
    }

    QRadioButton *m_out, *m_back;
    QSpinBox* m_bytes;
};

} // namespace

const std::vector<CleanUpTool>& cleanUpTools()
{
    static const std::vector<CleanUpTool> tools = {
        {"simplify", tr("Simplify"), tr("What can go without changing a result."),
         [](const graph::Model&, const std::set<NodeId>&, document::Document&,
            QWidget* parent) -> CleanUpPage* { return new SimplifyPage(parent); }},
        {"convert_opset", tr("Convert opset"),
         tr("The standard's operators in the words of another version. What cannot be said in it is told, "
            "and "
            "nothing is changed."),
         [](const graph::Model& model, const std::set<NodeId>&, document::Document&,
            QWidget* parent) -> CleanUpPage* { return new OpsetPage(model, parent); }},
        {"convert_float", tr("16-bit floats"),
         tr("Half the bytes, fewer digits. What is kept computes in float; casts stand between the two."),
         [](const graph::Model&, const std::set<NodeId>& selected, document::Document& document,
            QWidget* parent) -> CleanUpPage* { return new FloatPage(selected, document, parent); }},
        {"fix_batch", tr("Batch"),
         tr("The first dim of all inputs, and the Reshapes that have it written in."),
         [](const graph::Model&, const std::set<NodeId>&, document::Document&,
            QWidget* parent) -> CleanUpPage* { return new BatchPage(parent); }},
        {"tidy", tr("Names and order"), tr("What a model computes stays as it is."),
         [](const graph::Model&, const std::set<NodeId>&, document::Document&,
            QWidget* parent) -> CleanUpPage* { return new TidyPage(parent); }},
        {"weights", tr("Weights beside"),
         tr("Large constants in a file beside the model, so that the model file stays small; or back into "
            "it. Files are written with the next save."),
         [](const graph::Model& model, const std::set<NodeId>&, document::Document&,
            QWidget* parent) -> CleanUpPage* { return new WeightsPage(model, parent); }}};
    return tools;
}

} // namespace orrery::window
