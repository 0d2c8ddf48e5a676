#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// ActionSpec: everything that the user can do from a menu, as passive records; the window makes its menus and
// its toolbar of them. Files of this folder that end in _actions define one menu each; the registry is
// generated from the CMake list.

#include <QKeySequence>
#include <QList>
#include <QString>

#include <functional>
#include <vector>

namespace orrery::window {

class MainWindow;

enum class Place : std::uint8_t { Menu, MenuAndToolBar };
enum class Keys : std::uint8_t { InWindow, OnCanvas }; // where the shortcuts work
enum class Separator : std::uint8_t { None, Before };

struct ActionSpec {
    QString id;
    QString text; // with mnemonic
    QString toolTip = {};
    QString icon = {}; // of resources/icons; empty: none
    QList<QKeySequence> shortcuts = {};
    Keys keys = Keys::InWindow;
    Place place = Place::Menu;
    Separator separator = Separator::None;
    QString subMenu = {}; // text of a submenu that holds it; empty: the menu itself
    std::function<void(MainWindow&)> run = {};
    std::function<bool(const MainWindow&)> enabled = {}; // empty: always
    std::function<bool(const MainWindow&)> checked = {}; // empty: cannot be checked
};

struct ActionMenu {
    QString title; // with mnemonic
    std::vector<ActionSpec> actions;
};

std::vector<ActionMenu> actionMenus(); // generated

} // namespace orrery::window
