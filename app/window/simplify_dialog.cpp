// SPDX-License-Identifier: Apache-2.0
#include "app/window/simplify_dialog.h"

#include "app/window/main_window.h"
#include "engine/base/text.h"

#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace orrery::window {
namespace {

constexpr int mostOperators = 12; // told by name

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 1000)); }

} // namespace

SimplifyDialog::SimplifyDialog(MainWindow& window)
    : QDialog(&window)
    , m_window(window)
    , m_text(new QLabel(tr("Looking for what can go …"), this))
    , m_buttons(new QDialogButtonBox(QDialogButtonBox::Apply | QDialogButtonBox::Cancel, this))
{
    setObjectName("simplify");
    setWindowTitle(tr("Simplify"));
    setAttribute(Qt::WA_DeleteOnClose);
    setMinimumWidth(420);
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(16, 16, 16, 12);
    all->setSpacing(16);
    all->addWidget(m_text);
    all->addWidget(m_buttons);
    m_buttons->button(QDialogButtonBox::Apply)->setEnabled(false);
    connect(m_buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(m_buttons->button(QDialogButtonBox::Apply), &QPushButton::clicked, this, [this] {
        m_window.document().editor().apply(m_found.edit);
        accept();
    });
    m_task.submit([model = m_window.document().model()->model](
                      std::stop_token) { return edit::simplify(*model, ops::OpRegistry::builtin()); },
                  [this](Result<edit::CleanUp> result) { preview(std::move(result)); });
    // The edit is of the model as it was looked at.
    connect(&m_window.document(), &document::Document::graphsChanged, this, &QDialog::reject);
}

void SimplifyDialog::preview(Result<edit::CleanUp> result)
{
    if (!result.ok()) {
        m_text->setText(tr("The model cannot be simplified: %1").arg(shown(result.error().text())));
        return;
    }
    m_found = result.releaseValue();
    if (!m_found.changes) {
        m_text->setText(tr("Nothing can go: no constant to fold, no identity, nothing that is not read."));
        return;
    }
    QString text = tr("%1 nodes instead of %2; constants take %3 instead of %4.")
                       .arg(m_found.afterwards.nodes)
                       .arg(m_found.before.nodes)
                       .arg(shown(formatBytes(m_found.afterwards.constantBytes)),
                            shown(formatBytes(m_found.before.constantBytes)));
    std::vector<std::pair<std::string, std::size_t>> removed;
    for (const auto& [op, count] : m_found.before.byOperator)
        if (const auto left = m_found.afterwards.byOperator.find(op);
            left == m_found.afterwards.byOperator.end() || left->second < count)
            removed.emplace_back(op,
                                 count - (left == m_found.afterwards.byOperator.end() ? 0 : left->second));
    std::stable_sort(removed.begin(), removed.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    text += "\n\n" + tr("What goes:");
    for (std::size_t i = 0; i < removed.size() && i < mostOperators; ++i)
        text += QString("\n%1 × %2").arg(removed[i].second).arg(shown(removed[i].first));
    if (removed.size() > mostOperators)
        text += "\n" + tr("and %1 other operators").arg(removed.size() - mostOperators);
    text += "\n\n" + tr("Results stay the same. It is one step, which can be undone.");
    m_text->setText(text);
    m_buttons->button(QDialogButtonBox::Apply)->setEnabled(true);
    m_buttons->button(QDialogButtonBox::Apply)->setDefault(true);
}

void simplify(MainWindow& window)
{
    if (window.document().model())
        (new SimplifyDialog(window))->open();
}

} // namespace orrery::window
