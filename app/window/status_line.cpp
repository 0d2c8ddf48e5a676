// SPDX-License-Identifier: Apache-2.0
#include "app/window/status_line.h"

#include "app/window/status.h"
#include "views/panels/empty_state.h"

#include <QHBoxLayout>
#include <QProgressBar>
#include <QToolButton>

namespace orrery::window {

StatusLine::StatusLine(document::Document& document, QWidget* parent)
    : QWidget(parent)
    , m_document(document)
    , m_text(panels::plainLabel({}, this))
    , m_zoom(panels::plainLabel({}, this))
    , m_progress(new QProgressBar(this))
    , m_cancel(new QToolButton(this))
{
    m_text->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_text->setObjectName("statusText");
    m_progress->setFixedSize(180, 12);
    m_progress->setTextVisible(false);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 0, 10, 0);
    row->setSpacing(10);
    row->addWidget(m_text, 1);
    row->addWidget(m_progress);
    row->addWidget(m_cancel);
    row->addWidget(m_zoom);
    connect(m_cancel, &QToolButton::clicked, &document, &document::Document::cancel);
    connect(&document, &document::Document::activityChanged, this, &StatusLine::update);
    connect(&document, &document::Document::progressChanged, this, &StatusLine::update);
    connect(&document, &document::Document::message, this, &StatusLine::setMessage);
    connect(&document, &document::Document::contentChanged, this, [this] {
        if (m_document.path().isEmpty())
            setMessage({});
    });
    update();
}

void StatusLine::setTheme(const theme::Theme& theme)
{
    panels::setColor(m_zoom, theme.color(theme::Role::TextMuted));
}

void StatusLine::setZoom(double zoom) { m_zoom->setText(tr("%1 %").arg(int(zoom * 100 + 0.5))); }

void StatusLine::setMessage(const QString& text)
{
    m_message = text;
    update();
}

void StatusLine::update()
{
    const auto activity = m_document.activity();
    const bool busy = activity != document::Activity::None;
    m_progress->setVisible(busy);
    m_cancel->setVisible(busy);
    m_text->setText(busy ? activityText(m_document) : m_message);
    if (!busy)
        return;
    const session::Progress& now = m_document.progress();
    const bool counts = activity == document::Activity::Running && now.stepsTotal > 1;
    m_progress->setRange(0, counts ? int(now.stepsTotal) : 0);
    m_progress->setValue(counts ? int(now.stepsDone) : 0);
    m_cancel->setText(activity == document::Activity::Running ? tr("Stop") : tr("Cancel"));
}

} // namespace orrery::window
