// SPDX-License-Identifier: Apache-2.0
#include "app/window/changed_bar.h"

#include "app/window/main_window.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace orrery::window {

using State = document::FileWatch::State;

ChangedBar::ChangedBar(MainWindow& window, document::FileWatch& watch)
    : QWidget(&window)
    , m_window(window)
    , m_watch(watch)
    , m_text(new QLabel(this))
    , m_reload(new QPushButton(this))
    , m_saveMine(new QPushButton(tr("&Save mine as … and reload"), this))
    , m_keep(new QPushButton(this))
{
    setObjectName("changedBar");
    setAttribute(Qt::WA_StyledBackground);
    m_text->setObjectName("changedText");
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_reload->setObjectName("changedReload");
    m_saveMine->setObjectName("changedSaveMine");
    m_keep->setObjectName("changedKeep");
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(12, 6, 8, 6);
    row->setSpacing(8);
    row->addWidget(m_text, 1);
    for (QPushButton* button : {m_saveMine, m_reload, m_keep})
        row->addWidget(button);
    connect(&watch, &document::FileWatch::stateChanged, this, &ChangedBar::update);
    connect(&window.document().editor(), &document::Editor::historyChanged, this, &ChangedBar::update);
    connect(m_keep, &QPushButton::clicked, this, [this] { m_watch.dismiss(); });
    connect(m_reload, &QPushButton::clicked, this, [this] {
        if (m_watch.state() == State::Removed)
            m_window.action("save_as")->trigger();
        else
            m_window.document().reload();
    });
    connect(m_saveMine, &QPushButton::clicked, this, &ChangedBar::saveMineAndReload);
    hide();
}

void ChangedBar::setTheme(const theme::Theme& theme)
{
    setStyleSheet(
        QString("#changedBar { background: %1; border-bottom: 2px solid %2; } #changedText { color: %3; }")
            .arg(theme.color(theme::Role::SurfaceRaised).name(), theme.color(theme::Role::Warning).name(),
                 theme.color(theme::Role::Text).name()));
}

void ChangedBar::update()
{
    const bool isEdited = m_window.document().editor().isModified();
    const bool isRemoved = m_watch.state() == State::Removed;
    const QString name = m_window.document().fileName();
    m_text->setText(
        isRemoved  ? tr("%1 is no longer there. What is open stays, and can be saved.").arg(name)
        : isEdited ? tr("%1 was changed by another program, and you have edits that are not saved.").arg(name)
                   : tr("%1 was changed by another program.").arg(name));
    m_reload->setText(isRemoved  ? tr("Save &as …")
                      : isEdited ? tr("&Discard mine and reload")
                                 : tr("&Reload"));
    m_keep->setText(isRemoved ? tr("&Hide") : isEdited ? tr("&Keep mine") : tr("&Keep what is shown"));
    m_saveMine->setVisible(isEdited && !isRemoved);
    setVisible(m_watch.state() != State::Same);
}

void ChangedBar::saveMineAndReload()
{
    const QString changed = m_window.document().path();
    const QString mine = m_window.askWhereToSave();
    if (mine.isEmpty())
        return;
    if (QFileInfo(mine) == QFileInfo(changed)) {
        emit m_window.document().message(tr("That would write over the changed file; choose another name."));
        return;
    }
    if (m_window.document().saveNow(mine))
        m_window.openFile(changed);
}

} // namespace orrery::window
