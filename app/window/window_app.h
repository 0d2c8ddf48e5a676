#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The window as a program: makes the application, opens the main window and runs its event loop, or, with a
// screenshot, loads, waits until nothing is under way, saves what the window shows and returns. Without a
// display only the screenshot works (Qt's offscreen platform is chosen by itself).

#include "engine/base/result.h"

#include <string>

namespace orrery::window {

struct WindowOptions {
    std::string file;       // a model or a trace; empty: the welcome page
    std::string screenshot; // PNG to write; empty: an ordinary window
    int width = 1600, height = 1000;
    std::string view;    // id of a projection; empty: dataflow
    std::string panel;   // id of a panel to bring to the front; empty: as it is
    std::string overlay; // id of an overlay, or "none"; empty: time for a trace, none for a model
    std::string theme;   // "light", "dark"; empty: as chosen in the window
};

// The exit status of the event loop. Usage for a view, panel, overlay or theme that does not exist, BadFile
// when the file cannot be shown in a screenshot, Io when the screenshot cannot be written.
Result<int> runWindow(int& argc, char** argv, const WindowOptions& options);

} // namespace orrery::window
