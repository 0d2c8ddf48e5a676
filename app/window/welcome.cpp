// SPDX-License-Identifier: Apache-2.0
#include "app/window/welcome.h"

#include "engine/base/text.h"
#include "views/models/row_table_model.h"
#include "views/panels/empty_state.h"

#include <QFileInfo>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace orrery::window {

using theme::FontRole;
using theme::Role;

Welcome::Welcome(QWidget* parent)
    : QWidget(parent)
{
    setAutoFillBackground(true);
    m_title = panels::plainLabel(tr("See where a neural network spends its time"), this);
    m_text = panels::plainLabel(tr("Open an ONNX model to look at its graph. Profile it, and the time and "
                                   "the memory of every node show "
                                   "on the graph itself. Recorded traces (.orrery) open the same way."),
                                this);
    m_text->setWordWrap(true);
    m_open = new QPushButton(tr("Open a model or trace …"), this);
    m_open->setDefault(true);
    m_open->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_new = new QPushButton(tr("New model …"), this);
    m_new->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    m_hint = panels::plainLabel(tr("or drop a file anywhere in this window. Opening a model never runs it."),
                                this);
    m_left = {
        panels::plainLabel(tr("Not saved when the program ended unexpectedly"), this), new QVBoxLayout, {}};
    m_recent = {panels::plainLabel(tr("Recent files"), this), new QVBoxLayout, {}};
    m_left.links->setSpacing(2);
    m_recent.links->setSpacing(2);

    auto* block = new QWidget(this);
    block->setMaximumWidth(560);
    auto* column = new QVBoxLayout(block);
    column->setSpacing(12);
    column->addWidget(m_title);
    column->addWidget(m_text);
    column->addSpacing(8);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(10);
    buttons->addWidget(m_open);
    buttons->addWidget(m_new);
    buttons->addStretch(1);
    column->addLayout(buttons);
    column->addWidget(m_hint);
    for (const FileList& list : {m_left, m_recent}) {
        column->addSpacing(20);
        column->addWidget(list.title);
        column->addLayout(list.links);
    }
    auto* middle = new QHBoxLayout;
    middle->addStretch(1);
    middle->addWidget(block, 4);
    middle->addStretch(1);
    auto* all = new QVBoxLayout(this);
    all->addStretch(2);
    all->addLayout(middle);
    all->addStretch(3);
    connect(m_open, &QPushButton::clicked, this, &Welcome::openRequested);
    connect(m_new, &QPushButton::clicked, this, &Welcome::newRequested);
    setLeftBehind({});
    setRecentFiles({});
}

void Welcome::setTheme(const theme::Theme& theme)
{
    QPalette palette = this->palette();
    palette.setColor(QPalette::Window, theme.color(Role::Canvas));
    setPalette(palette);
    m_title->setFont(theme.font(FontRole::Heading));
    for (QLabel* title : {m_left.title, m_recent.title})
        title->setFont(theme.font(FontRole::Title));
    for (QLabel* label : {m_text, m_hint})
        panels::setColor(label, theme.color(Role::TextMuted));
    m_link = theme.color(Role::Accent);
    setLeftBehind(m_left.paths);
    setRecentFiles(m_recent.paths);
}

void Welcome::setRecentFiles(const QStringList& paths) { show(m_recent, paths); }

void Welcome::setLeftBehind(const QStringList& paths) { show(m_left, paths); }

void Welcome::show(FileList& list, const QStringList& paths)
{
    list.paths = paths;
    while (QLayoutItem* item = list.links->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    list.title->setVisible(!paths.isEmpty());
    for (const QString& path : QStringList(paths.mid(0, 6))) {
        const QFileInfo info(path);
        auto* button = new QToolButton(this);
        const QString shown = QString::fromStdString(displayText(info.fileName().toStdString(), 60));
        button->setText(QString(shown).replace('&', "&&"));
        button->setToolTip(models::escapedToolTip(path));
        button->setCursor(Qt::PointingHandCursor);
        button->setEnabled(info.exists());
        button->setStyleSheet(
            QString(
                "QToolButton { border: none; background: transparent; padding: 2px 0; text-align: left; } "
                "QToolButton:enabled { color: %1; } QToolButton:hover, QToolButton:focus { text-decoration: "
                "underline; }")
                .arg(m_link.name()));
        connect(button, &QToolButton::clicked, this, [this, path] { emit fileChosen(path); });
        list.links->addWidget(button, 0, Qt::AlignLeft);
    }
}

} // namespace orrery::window
