// SPDX-License-Identifier: Apache-2.0
//
// All operators by category, those used last on top, with the functions of the model and the snippets that
// the user keeps. Typing filters, Return or a double click inserts behind the selected node; a snippet is
// pasted. Its documentation is the tool tip.
#include "engine/base/text.h"
#include "engine/formats/op_docs.h"
#include "views/panels/empty_state.h"
#include "views/panels/graph_edits.h"
#include "views/panels/graph_pieces.h"
#include "views/panels/panel.h"
#include "views/panels/snippets.h"
#include "views/theme/op_category.h"

#include <QInputDialog>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPointer>
#include <QTreeWidget>
#include <QVBoxLayout>

#include <algorithm>
#include <map>

namespace orrery::panels {
namespace {

constexpr qsizetype mostRecent = 8;
constexpr int domainRole = Qt::UserRole, nameRole = Qt::UserRole + 1, kindRole = Qt::UserRole + 2;

enum class Kind : std::uint8_t { Operator, Function, Snippet };

struct Entry {
    QString domain, name, doc;
    theme::OpCategory category = theme::OpCategory::Other;
    bool canRun = false;
    Kind kind = Kind::Operator;
    friend bool operator==(const Entry&, const Entry&) = default;
};

Kind kindOf(const QTreeWidgetItem* item) { return Kind(item->data(0, kindRole).toInt()); }

QString qstring(std::string_view text) { return QString::fromUtf8(text.data(), qsizetype(text.size())); }

QString titleOf(theme::OpCategory category)
{
    QString title = qstring(theme::name(category)).replace('-', ' ');
    if (!title.isEmpty())
        title[0] = title[0].toUpper();
    return title;
}

// What the standard documents and what the engine has beside it.
std::vector<Entry> entries()
{
    std::map<std::pair<std::string, std::string>, Entry> all;
    for (const formats::OpName& op : formats::documentedOps()) {
        Entry& entry = all[{op.domain, op.name}];
        entry.domain = QString::fromStdString(op.domain);
        entry.name = QString::fromStdString(op.name);
    }
    for (const ops::OpSpec& spec : ops::OpRegistry::builtin().all()) {
        if (spec.domain == "orrery") // made by passes
            continue;
        Entry& entry = all[{std::string(spec.domain), std::string(spec.name)}];
        entry.domain = qstring(spec.domain);
        entry.name = qstring(spec.name);
        entry.doc = qstring(spec.doc);
        entry.canRun = true;
    }
    std::vector<Entry> result;
    for (auto& [key, entry] : all) {
        entry.category = theme::categoryOfOpType(key.second);
        result.push_back(std::move(entry));
    }
    return result;
}

class OperatorTree final : public QTreeWidget {
public:
    using QTreeWidget::QTreeWidget;

protected:
    QMimeData* mimeData(const QList<QTreeWidgetItem*>& items) const override
    {
        if (items.isEmpty() || items.front()->data(0, nameRole).isNull())
            return nullptr;
        auto* mime = new QMimeData;
        if (kindOf(items.front()) == Kind::Snippet) {
            mime->setData(snippetMimeType, snippetPath(items.front()->data(0, nameRole).toString()).toUtf8());
            return mime;
        }
        mime->setData(operatorMimeType, (items.front()->data(0, domainRole).toString() + '\n' +
                                         items.front()->data(0, nameRole).toString())
                                            .toUtf8());
        return mime;
    }
};

class PalettePanel final : public Panel {
public:
    PalettePanel(document::Document& document, const theme::Theme& theme, QWidget* parent)
        : Panel(document, theme, parent)
        , m_search(new QLineEdit(this))
        , m_tree(new OperatorTree(this))
    {
        m_search->setObjectName("paletteSearch");
        m_search->setPlaceholderText(tr("Find an operator"));
        m_search->setClearButtonEnabled(true);
        m_search->installEventFilter(this);
        m_tree->setObjectName("palette");
        m_tree->setHeaderHidden(true);
        m_tree->setFrameShape(QFrame::NoFrame);
        m_tree->setIndentation(12);
        m_tree->setDragEnabled(true);
        m_tree->setDragDropMode(QAbstractItemView::DragOnly);
        m_tree->setUniformRowHeights(true);
        auto* all = new QVBoxLayout(this);
        all->setContentsMargins(0, 0, 0, 0);
        all->setSpacing(0);
        all->addWidget(m_search);
        all->addWidget(m_tree, 1);
        m_hint = plainLabel(
            tr("Return inserts an operator behind the selected node; nothing selected: on its own."), this);
        m_hint->setWordWrap(true);
        auto* hintRow = new QHBoxLayout;
        hintRow->setContentsMargins(10, 6, 10, 8);
        hintRow->addWidget(m_hint);
        all->addLayout(hintRow);
        connect(m_search, &QLineEdit::textChanged, this, [this] { fill(); });
        connect(m_search, &QLineEdit::returnPressed, this, [this] { insert(m_tree->currentItem()); });
        connect(m_tree, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) { insert(item); });
        m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
        connect(m_tree, &QTreeWidget::customContextMenuRequested, this, [this](QPoint at) { openMenu(at); });
        connect(&this->document(), &document::Document::graphsChanged, this, [this] { refresh(); });
        connect(&this->document(), &document::Document::contentChanged, this, [this] { refresh(); });
        setFocusProxy(m_search);
        themeChanged();
    }

protected:
    void showEvent(QShowEvent* event) override
    {
        Panel::showEvent(event);
        if (m_entries.empty()) // reads all schemas, so not before somebody looks
            m_entries = entries();
        if (!m_pieces && pieces())
            connect(m_pieces, &GraphPieces::snippetSaved, this, [this] { refresh(); });
        m_own.clear();
        refresh();
    }

    // The arrows move in the list while the cursor stays in the field.
    bool eventFilter(QObject* watched, QEvent* event) override
    {
        if (watched == m_search && event->type() == QEvent::KeyPress) {
            const int key = static_cast<QKeyEvent*>(event)->key();
            if (key == Qt::Key_Down || key == Qt::Key_Up || key == Qt::Key_PageDown ||
                key == Qt::Key_PageUp) {
                QCoreApplication::sendEvent(m_tree, event);
                return true;
            }
        }
        return Panel::eventFilter(watched, event);
    }

private:
    void themeChanged() override
    {
        m_hint->setFont(theme().font(theme::FontRole::Small));
        setColor(m_hint, theme().color(theme::Role::TextMuted));
        fill();
    }

    // The canvas of the window that this panel is in.
    GraphPieces* pieces()
    {
        if (!m_pieces)
            m_pieces = window()->findChild<GraphPieces*>();
        return m_pieces;
    }

    // Functions and snippets, when others are there than before.
    void refresh()
    {
        if (!isVisible() || m_entries.empty())
            return;
        std::vector<Entry> own;
        if (document().editor().canEdit())
            for (const graph::Function& function : document().editor().model().functions)
                own.push_back({QString::fromStdString(displayText(function.domain, 120)),
                               QString::fromStdString(displayText(function.name, 120)),
                               tr("A function of this model"), theme::OpCategory::Other, true,
                               Kind::Function});
        for (const QString& name : snippetNames())
            own.push_back({{},
                           name,
                           tr("A snippet: nodes that you saved"),
                           theme::OpCategory::Other,
                           true,
                           Kind::Snippet});
        if (own == m_own && m_tree->topLevelItemCount() > 0)
            return;
        m_own = std::move(own);
        fill();
    }

    void openMenu(QPoint at)
    {
        QTreeWidgetItem* item = m_tree->itemAt(at);
        if (!item || item->data(0, nameRole).isNull())
            return;
        const QString name = item->data(0, nameRole).toString();
        QMenu menu(this);
        menu.addAction(tr("Insert"), this, [this, item] { insert(item); });
        if (kindOf(item) == Kind::Snippet) {
            menu.addSeparator();
            menu.addAction(tr("Rename …"), this, [this, name] {
                bool accepted = false;
                const QString to =
                    QInputDialog::getText(this, tr("Rename the snippet"), tr("Name of the snippet"),
                                          QLineEdit::Normal, name, &accepted)
                        .trimmed();
                if (accepted && to != name)
                    changed(renameSnippet(name, to));
            });
            menu.addAction(tr("Delete"), this, [this, name] { changed(removeSnippet(name)); });
        }
        menu.exec(m_tree->viewport()->mapToGlobal(at));
    }

    void changed(const Result<void>& result)
    {
        if (!result.ok())
            emit document().message(QString::fromStdString(displayText(result.error().text(), 300)));
        refresh();
    }

    void insert(QTreeWidgetItem* item)
    {
        if (!item || item->data(0, nameRole).isNull())
            return;
        const QString domain = item->data(0, domainRole).toString(),
                      name = item->data(0, nameRole).toString();
        if (!canEditGraph(document())) {
            emit document().message(tr("Operators are inserted into the dataflow graph of a model; open one "
                                       "and choose its tab."));
            return;
        }
        if (kindOf(item) == Kind::Snippet) {
            if (pieces())
                m_pieces->insertFile(snippetPath(name));
            return;
        }
        const bool isFunction = kindOf(item) == Kind::Function;
        insertOperator(document(), domain.toStdString(), name.toStdString());
        if (isFunction) // belongs to this model alone
            return;
        const std::pair used(domain, name);
        m_recent.removeAll(used);
        m_recent.prepend(used);
        if (m_recent.size() > mostRecent)
            m_recent.removeLast();
        if (m_search->text().isEmpty())
            fill();
    }

    QTreeWidgetItem* addGroup(const QString& title)
    {
        auto* group = new QTreeWidgetItem(m_tree, {title});
        group->setFlags(Qt::ItemIsEnabled);
        group->setForeground(0, theme().color(theme::Role::TextMuted));
        return group;
    }

    void addEntry(QTreeWidgetItem* group, const Entry& entry)
    {
        auto* item = new QTreeWidgetItem(
            group, {entry.domain.isEmpty() ? entry.name : entry.name + "  ·  " + entry.domain});
        item->setData(0, domainRole, entry.domain);
        item->setData(0, nameRole, entry.name);
        item->setData(0, kindRole, int(entry.kind));
        QPixmap mark(10, 10);
        mark.fill(theme().category(entry.category));
        item->setIcon(0, mark);
        item->setToolTip(0, entry.canRun ? entry.doc : tr("In the standard, but Orrery cannot run it."));
        if (!entry.canRun)
            item->setForeground(0, theme().color(theme::Role::TextMuted));
    }

    // While searching one flat list, what begins with the text first; else by category.
    void fill()
    {
        const QString wanted = m_search->text().trimmed();
        m_tree->clear();
        m_tree->setRootIsDecorated(wanted.isEmpty());
        if (!wanted.isEmpty()) {
            std::vector<const Entry*> found;
            for (const auto* all : {&m_own, &m_entries})
                for (const Entry& entry : *all)
                    if (entry.name.contains(wanted, Qt::CaseInsensitive))
                        found.push_back(&entry);
            auto rank = [&](const Entry* entry) {
                return std::tuple(!entry->name.startsWith(wanted, Qt::CaseInsensitive), !entry->canRun,
                                  entry->name.size());
            };
            std::stable_sort(found.begin(), found.end(),
                             [&](const Entry* a, const Entry* b) { return rank(a) < rank(b); });
            for (const Entry* entry : found)
                addEntry(m_tree->invisibleRootItem(), *entry);
            m_tree->setCurrentItem(m_tree->topLevelItem(0));
            return;
        }
        if (!m_recent.isEmpty()) {
            QTreeWidgetItem* group = addGroup(tr("Used last"));
            for (const auto& [domain, name] : m_recent)
                for (const Entry& entry : m_entries)
                    if (entry.domain == domain && entry.name == name)
                        addEntry(group, entry);
            group->setExpanded(true);
        }
        for (const auto& [kind, title] :
             {std::pair(Kind::Function, tr("Functions")), std::pair(Kind::Snippet, tr("Snippets"))}) {
            QTreeWidgetItem* group = nullptr;
            for (const Entry& entry : m_own)
                if (entry.kind == kind)
                    addEntry(group ? group : group = addGroup(title), entry);
            if (group)
                group->setExpanded(true);
        }
        std::map<theme::OpCategory, QTreeWidgetItem*> groups;
        for (std::size_t category = 0; category < theme::opCategoryCount; ++category)
            for (const Entry& entry : m_entries)
                if (entry.category == theme::OpCategory(category)) {
                    QTreeWidgetItem*& group = groups[entry.category];
                    if (!group)
                        group = addGroup(titleOf(entry.category));
                    addEntry(group, entry);
                }
    }

    QLineEdit* m_search;
    OperatorTree* m_tree;
    QLabel* m_hint;
    std::vector<Entry> m_entries, m_own; // operators; functions and snippets
    QPointer<GraphPieces> m_pieces;
    QList<std::pair<QString, QString>> m_recent;
};

} // namespace

PanelSpec palette()
{
    return {
        .id = "palette",
        .title = "Operators",
        .toolTip = "All operators, to insert them into the graph",
        .area = Area::Right,
        .make = [](document::Document& document, const theme::Theme& theme, QWidget* parent) -> Panel* {
            return new PalettePanel(document, theme, parent);
        },
    };
}

} // namespace orrery::panels
