// SPDX-License-Identifier: Apache-2.0
#include "views/panels/graph_chooser.h"

#include <QApplication>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QScreen>
#include <QVBoxLayout>

namespace orrery::panels {

GraphChooser::GraphChooser(QWidget* parent, const QString& hint, const QString& none, Rows rows)
    : QFrame(parent, Qt::Popup)
    , m_filter(new QLineEdit(this))
    , m_list(new QListWidget(this))
    , m_none(none)
    , m_rows(std::move(rows))
{
    setObjectName("graphChooser");
    setAttribute(Qt::WA_DeleteOnClose);
    setFrameShape(QFrame::StyledPanel);
    m_filter->setObjectName("graphChooserFilter");
    m_filter->setPlaceholderText(hint);
    m_filter->installEventFilter(this);
    m_list->setObjectName("graphChooserList");
    m_list->setFrameShape(QFrame::NoFrame);
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setUniformItemSizes(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(6, 6, 6, 6);
    column->setSpacing(4);
    column->addWidget(m_filter);
    column->addWidget(m_list);
    resize(340, 300);
    connect(m_filter, &QLineEdit::textChanged, this, &GraphChooser::fill);
    connect(m_list, &QListWidget::itemClicked, this, &GraphChooser::take);
    fill();
}

void GraphChooser::openAt(QPoint global)
{
    const QScreen* screen = QGuiApplication::screenAt(global);
    const QRect room = (screen ? screen : QGuiApplication::primaryScreen())->availableGeometry();
    move(std::clamp(global.x(), room.left(), std::max(room.left(), room.right() - width())),
         std::clamp(global.y(), room.top(), std::max(room.top(), room.bottom() - height())));
    show();
    m_filter->setFocus();
}

void GraphChooser::fill()
{
    m_list->clear();
    m_shown = m_rows(m_filter->text().trimmed());
    for (const Row& row : m_shown) {
        auto* item =
            new QListWidgetItem(row.detail.isEmpty() ? row.text : row.text + "   " + row.detail, m_list);
        item->setToolTip(row.detail.toHtmlEscaped());
    }
    if (m_shown.empty())
        (new QListWidgetItem(m_none, m_list))->setFlags(Qt::NoItemFlags);
    else
        m_list->setCurrentRow(0);
}

void GraphChooser::take()
{
    const int row = m_list->currentRow();
    if (row < 0 || std::size_t(row) >= m_shown.size())
        return;
    const auto chosen = m_shown[std::size_t(row)].take;
    close();
    chosen();
}

bool GraphChooser::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_filter && event->type() == QEvent::KeyPress)
        switch (auto* key = static_cast<QKeyEvent*>(event); key->key()) {
        case Qt::Key_Down:
        case Qt::Key_Up:
        case Qt::Key_PageDown:
        case Qt::Key_PageUp:
            QApplication::sendEvent(m_list, key);
            return true;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            take();
            return true;
        default:
            break;
        }
    return QFrame::eventFilter(watched, event);
}

} // namespace orrery::panels
