// SPDX-License-Identifier: Apache-2.0
#include "app/window/settings.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSettings>
#include <QStandardPaths>
#include <QThread>

#include <algorithm>

namespace orrery::window {
namespace {

constexpr int mostRecent = 10;
constexpr qint64 largestFile = 4 << 20;

int inRange(const QVariant& value, int fallback, int least, int most)
{
    bool good = false;
    const int number = value.toInt(&good);
    return good && number >= least && number <= most ? number : fallback;
}

QString runGroup(const QString& modelPath)
{
    const auto hash = QCryptographicHash::hash(modelPath.toUtf8(), QCryptographicHash::Sha1).toHex().left(16);
    return "run/" + QString::fromLatin1(hash) + "/";
}

} // namespace

QString Settings::defaultPath()
{
    const QString folder = QStandardPaths::writableLocation(QStandardPaths::AppConfigLocation);
    return folder.isEmpty() ? QString() : folder + "/window.ini";
}

Settings::Settings(const QString& path)
{
    if (path.isEmpty())
        return;
    if (QFileInfo(path).size() > largestFile)
        QFile::rename(path, path + ".broken");
    m_settings = std::make_unique<QSettings>(path, QSettings::IniFormat);
    if (m_settings->status() == QSettings::NoError)
        return;
    m_settings.reset();
    QFile::remove(path + ".broken");
    QFile::rename(path, path + ".broken");
    m_settings = std::make_unique<QSettings>(path, QSettings::IniFormat);
}

Settings::~Settings() = default;

QStringList Settings::recentFiles() const
{
    return m_settings ? m_settings->value("recent_files").toStringList().mid(0, mostRecent) : QStringList();
}

void Settings::addRecentFile(const QString& path)
{
    if (!m_settings)
        return;
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    m_settings->setValue("recent_files", files.mid(0, mostRecent));
}

void Settings::clearRecentFiles()
{
    if (m_settings)
        m_settings->remove("recent_files");
}

ThemeChoice Settings::theme() const
{
    const QString name = m_settings ? m_settings->value("theme").toString() : QString();
    return name == "light" ? ThemeChoice::Light : name == "dark" ? ThemeChoice::Dark : ThemeChoice::System;
}

void Settings::setTheme(ThemeChoice theme)
{
    if (m_settings)
        m_settings->setValue("theme", theme == ThemeChoice::Light  ? "light"
                                      : theme == ThemeChoice::Dark ? "dark"
                                                                   : "system");
}

WindowLayout Settings::layout() const
{
    if (!m_settings)
        return {};
    return {m_settings->value("geometry").toByteArray(), m_settings->value("docks").toByteArray()};
}

void Settings::setLayout(const WindowLayout& layout)
{
    if (!m_settings)
        return;
    m_settings->setValue("geometry", layout.geometry);
    m_settings->setValue("docks", layout.docks);
}

bool Settings::hasRunSettings(const QString& modelPath) const
{
    return m_settings && m_settings->contains(runGroup(modelPath) + "runs");
}

document::RunSettings Settings::runSettings(const QString& modelPath) const
{
    document::RunSettings run;
    run.warmup = 3;
    run.runs = 20;
    run.threads = std::clamp(QThread::idealThreadCount(), 1, 1024);
    if (!m_settings)
        return run;
    const QString group = hasRunSettings(modelPath) ? runGroup(modelPath) : QStringLiteral("run/last/");
    auto value = [&](const char* name) { return m_settings->value(group + QLatin1String(name)); };
    run.warmup = inRange(value("warmup"), run.warmup, 0, 100000);
    run.runs = inRange(value("runs"), run.runs, 1, 1000000);
    run.threads = inRange(value("threads"), run.threads, 1, 1024);
    run.optimize = passes::OptimizeLevel(inRange(value("optimize"), int(passes::OptimizeLevel::All), 0, 2));
    if (group == QLatin1String("run/last/"))
        return run; // shapes belong to one model
    for (const QString& entry : value("shapes").toStringList()) {
        const qsizetype cut = entry.lastIndexOf('=');
        graph::Dims dims;
        bool good = cut >= 0;
        for (const QString& dim : entry.mid(cut + 1).split('x', Qt::SkipEmptyParts)) {
            bool isNumber = false;
            dims.push_back(dim.toLongLong(&isNumber));
            good = good && isNumber && dims.back() >= 0;
        }
        if (good)
            run.inputShapes[entry.left(cut).toStdString()] = dims;
    }
    const QStringList names = value("inputNames").toStringList(), files = value("inputFiles").toStringList();
    for (qsizetype i = 0; i < std::min(names.size(), files.size()); ++i)
        run.inputs.push_back({names[i].toStdString(), 0, files[i].toStdString()});
    return run;
}

void Settings::setRunSettings(const QString& modelPath, const document::RunSettings& run)
{
    if (!m_settings)
        return;
    QStringList shapes;
    for (const auto& [name, dims] : run.inputShapes) {
        QStringList texts;
        for (std::int64_t dim : dims)
            texts << QString::number(dim);
        shapes << QString::fromStdString(name) + "=" + texts.join('x');
    }
    QStringList names, files;
    for (const protocol::InputFile& input : run.inputs) {
        names << QString::fromStdString(input.name);
        files << QString::fromStdString(input.path);
    }
    for (const QString& group : {runGroup(modelPath), QStringLiteral("run/last/")}) {
        m_settings->setValue(group + "warmup", run.warmup);
        m_settings->setValue(group + "runs", run.runs);
        m_settings->setValue(group + "threads", run.threads);
        m_settings->setValue(group + "optimize", int(run.optimize));
        m_settings->setValue(group + "shapes", shapes);
    }
    m_settings->setValue(runGroup(modelPath) + "inputNames", names);
    m_settings->setValue(runGroup(modelPath) + "inputFiles", files);
}

} // namespace orrery::window
