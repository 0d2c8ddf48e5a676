#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The dialog in which the user names libraries with operators, and is told what loading one means. They are
// kept for as long as the program runs and never loaded by themselves.

#include <string>
#include <vector>

class QWidget;

namespace orrery::window {

void askCustomOps(std::vector<std::string>& libraries, const std::string& isolation, QWidget* parent);

} // namespace orrery::window
