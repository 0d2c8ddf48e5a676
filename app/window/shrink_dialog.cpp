// SPDX-License-Identifier: Apache-2.0
#include "app/window/shrink_dialog.h"

#include "engine/base/text.h"
#include "views/panels/empty_state.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

namespace orrery::window {
namespace {

using document::DebugController;
using session::FailureKind;

QString shown(const std::string& text) { return QString::fromStdString(displayText(text, 400)); }

} // namespace

ShrinkDialog::ShrinkDialog(DebugController& debugger, const QString& modelPath, QWidget* parent)
    : QDialog(parent)
    , m_debugger(debugger)
    , m_failure(new QComboBox(this))
    , m_output(new QLineEdit(this))
    , m_browse(new QPushButton(tr("Choose …"), this))
    , m_status(panels::plainLabel({}, this))
{
    setObjectName("shrinkDialog");
    setAttribute(Qt::WA_DeleteOnClose);
    setWindowTitle(tr("Shrink a failing model"));
    makeRows(modelPath);
    connect(&debugger, &DebugController::shrinkProgress, m_status, &QLabel::setText);
    connect(&debugger, &DebugController::shrunk, this,
            [this](const std::shared_ptr<const session::ShrinkOutcome>& outcome) { showOutcome(*outcome); });
    connect(&debugger, &DebugController::failed, this, [this](const QString& text) {
        if (!m_searching || m_debugger.finding())
            return;
        m_searching = false;
        m_status->setText(shown(text.toStdString()));
        update();
    });
    update();
}

ShrinkDialog::~ShrinkDialog()
{
    if (m_searching)
        m_debugger.cancelFind();
}

void ShrinkDialog::makeRows(const QString& modelPath)
{
    auto* about = panels::plainLabel(
        tr("Looks for the smallest part of the model that still fails in the same way, and saves it with "
           "the inputs that it needs. Every part is tried out in a process of its own."),
        this);
    about->setWordWrap(true);
    m_failure->setObjectName("shrinkFailure");
    const std::pair<FailureKind, QString> failures[] = {
        {FailureKind::Any, tr("Whatever fails first")},
        {FailureKind::Crash, tr("The runner crashes")},
        {FailureKind::Error, tr("A node reports an error")},
        {FailureKind::BadValue, tr("A NaN or an infinity appears")},
        {FailureKind::Divergence, tr("Optimised and not optimised differ")},
        {FailureKind::WrongOutput, tr("An output differs from the reference")},
    };
    for (const auto& [kind, text] : failures)
        m_failure->addItem(text, int(kind));
    const QFileInfo model(modelPath);
    m_output->setObjectName("shrinkOutput");
    m_output->setText(model.path() + "/" + model.completeBaseName() + "-shrunk.onnx");
    m_output->setMinimumWidth(340);
    m_status->setObjectName("shrinkStatus");
    m_status->setWordWrap(true);
    m_status->setMinimumHeight(3 * fontMetrics().lineSpacing());
    m_status->setAlignment(Qt::AlignTop | Qt::AlignLeft);

    auto* output = new QHBoxLayout;
    output->addWidget(m_output, 1);
    output->addWidget(m_browse);
    auto* form = new QFormLayout;
    form->addRow(tr("What fails"), m_failure);
    form->addRow(tr("Save as"), output);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    m_start = buttons->addButton(QString(), QDialogButtonBox::ActionRole);
    m_start->setObjectName("shrinkStart");
    m_start->setDefault(true);
    m_open = buttons->addButton(tr("Open what was found"), QDialogButtonBox::ActionRole);
    auto* column = new QVBoxLayout(this);
    column->addWidget(about);
    column->addLayout(form);
    column->addWidget(m_status, 1);
    column->addWidget(buttons);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(m_output, &QLineEdit::textChanged, this, &ShrinkDialog::update);
    connect(m_browse, &QPushButton::clicked, this, [this] {
        const QString path =
            QFileDialog::getSaveFileName(this, tr("Save the smallest part that still fails"),
                                         m_output->text(), tr("ONNX (*.onnx);;ONNX text (*.onnxtxt)"));
        if (!path.isEmpty())
            m_output->setText(path);
    });
    connect(m_start, &QPushButton::clicked, this, [this] {
        if (m_searching)
            m_debugger.endFind();
        else
            start();
    });
    connect(m_open, &QPushButton::clicked, this, [this] { emit openRequested(m_found); });
}

void ShrinkDialog::start()
{
    session::ShrinkRequest request;
    request.failure = FailureKind(m_failure->currentData().toInt());
    request.outputPath = m_output->text().trimmed().toStdString();
    m_found.clear();
    m_searching = true;
    m_status->setText(tr("Running the whole model …"));
    m_debugger.shrink(std::move(request));
    update();
}

void ShrinkDialog::showOutcome(const session::ShrinkOutcome& outcome)
{
    m_searching = false;
    m_found = QString::fromStdString(outcome.outputPath);
    m_status->setText(tr("%1\n%2 of %3 nodes still fail, after %4 tries. Saved to %5")
                          .arg(shown(outcome.what))
                          .arg(outcome.nodesAfter)
                          .arg(outcome.nodesBefore)
                          .arg(outcome.tried)
                          .arg(shown(outcome.outputPath)));
    update();
}

void ShrinkDialog::update()
{
    const QString path = m_output->text().trimmed();
    m_start->setText(m_searching ? tr("That is small enough") : tr("Shrink"));
    m_start->setEnabled(m_searching || path.endsWith(".onnx") || path.endsWith(".onnxtxt"));
    m_open->setVisible(!m_found.isEmpty());
    for (QWidget* widget : std::initializer_list<QWidget*>{m_failure, m_output, m_browse})
        widget->setEnabled(!m_searching);
}

} // namespace orrery::window
