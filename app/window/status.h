#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The words of the window's status bar, menus and tool tips. All plain text.

#include "app/window/actions.h"
#include "views/document/document.h"

namespace orrery::window {

QString activityText(const document::Document& document); // "Profiling: run 12 of 23, last 45.1 ms"
QString actionToolTip(const ActionSpec& spec);            // with its shortcut
QString menuText(const QString& path);                    // a file in a menu: escaped, & doubled

} // namespace orrery::window
