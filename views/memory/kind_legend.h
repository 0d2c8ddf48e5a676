#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// KindLegend: one button per kind of allocation with its colour and bytes; it hides and shows the kind. Only
// kinds that there are have a button.

#include "trace_db/queries/live_bytes.h"
#include "views/memory/kind_style.h"

#include <QToolButton>

namespace orrery::memory {

class KindLegend : public QWidget {
    Q_OBJECT

public:
    KindLegend(const theme::Theme& theme, QWidget* parent);

    void setTheme(const theme::Theme& theme);
    void setBytes(const trace_db::LiveBytes& bytes, const QString& when); // for the texts
    void setPresent(const KindSet& kinds);
    void setKinds(const KindSet& kinds); // no signal
    const KindSet& kinds() const { return m_kinds; }

signals:
    void kindsChanged();

private:
    void fill();

    theme::Theme m_theme;
    std::array<QToolButton*, allocKindCount> m_buttons = {};
    KindSet m_kinds = allKinds(), m_present = {};
    trace_db::LiveBytes m_bytes;
    QString m_when;
};

} // namespace orrery::memory
