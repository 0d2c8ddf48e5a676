#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Settings: what the window remembers between two starts, as typed values over an INI file in the user's
// configuration folder. A file that cannot be read is put aside (".broken") and defaults are used; a value
// out of its range is the default. Nothing of it is needed to work.

#include "views/document/runner.h"

#include <QByteArray>
#include <QStringList>

#include <memory>

class QSettings;

namespace orrery::window {

enum class ThemeChoice : std::uint8_t { System, Light, Dark };

struct WindowLayout {
    QByteArray geometry, docks;
};

class Settings {
public:
    // An empty path: nothing is read or kept (for screenshots and tests).
    explicit Settings(const QString& path = defaultPath());
    ~Settings();
    static QString defaultPath();

    QStringList recentFiles() const; // newest first, at most ten
    void addRecentFile(const QString& path);
    void clearRecentFiles();

    ThemeChoice theme() const;
    void setTheme(ThemeChoice theme);

    WindowLayout layout() const;
    void setLayout(const WindowLayout& layout);

    // Of the model at that path, else of the last model that was profiled.
    document::RunSettings runSettings(const QString& modelPath) const;
    bool hasRunSettings(const QString& modelPath) const;
    void setRunSettings(const QString& modelPath, const document::RunSettings& settings);

private:
    std::unique_ptr<QSettings> m_settings; // null: nothing is kept
};

} // namespace orrery::window
