#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// What the window tests share: a shown window that remembers nothing, and waiting until nothing is under way.

#include "app/window/main_window.h"

#include <QApplication>
#include <QElapsedTimer>
#include <QLabel>
#include <QTest>

namespace orrery::window {

inline QString sample(const char* name) { return QString(SAMPLE_GRAPHS) + "/" + name; }

// False when the window is still busy after half a minute.
inline bool settle(MainWindow& window)
{
    QElapsedTimer total, idle;
    total.start();
    idle.start();
    while (idle.elapsed() < 150 && total.elapsed() < 30'000) {
        QTest::qWait(10);
        if (!window.isIdle())
            idle.restart();
    }
    return total.elapsed() < 30'000;
}

inline std::unique_ptr<MainWindow> shownWindow()
{
    auto window = std::make_unique<MainWindow>(std::make_unique<Settings>(QString()));
    window->resize(1200, 800);
    window->show();
    return window;
}

// All text that labels below the widget show.
inline QString labelTexts(const QWidget* widget)
{
    QString text;
    for (const QLabel* label : widget->findChildren<QLabel*>())
        if (label->isVisibleTo(widget))
            text += label->text().remove(QChar(0x200b)) + "\n";
    return text;
}

// The key of the node with that name in what is drawn; noKey without one.
inline std::uint64_t keyOf(MainWindow& window, const char* name)
{
    if (const canvas::DisplayGraph* graph = window.graphPanel().graph())
        for (const canvas::DisplayNode& node : graph->nodes)
            if (node.subtitle == name || (node.kind != canvas::NodeKind::Op && node.title == name))
                return node.key;
    return canvas::noKey;
}

} // namespace orrery::window
