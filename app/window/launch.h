#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Starting what runs the model of a window: a run, a profile, a debugging session. Options are those that are
// remembered for the model; the user is asked for them when a shape is open and they were never given.

#include "app/window/main_window.h"

#include <functional>

namespace orrery::window {

enum class Ask : std::uint8_t { WhenNeeded, Always };

void profile(MainWindow& window, Ask ask);
void runOnce(MainWindow& window);
// Moves the debugging session. Starts one when there is none: then a single step only goes to the first node.
void debugTo(MainWindow& window, const debug::Movement& movement);
// At once in a paused session; else at the start of a new one.
void debugFrom(MainWindow& window, std::function<void(document::DebugController&)> whenPaused);
// Another session, in place of the one that there may be; whenPaused may be empty.
void startDebugging(MainWindow& window, Ask ask, std::function<void(document::DebugController&)> whenPaused);
// After a change of what is remembered or named: for searches, which need no session.
void rememberDebugSettings(MainWindow& window);

} // namespace orrery::window
