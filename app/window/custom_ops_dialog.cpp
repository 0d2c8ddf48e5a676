// SPDX-License-Identifier: Apache-2.0
#include "app/window/custom_ops_dialog.h"

#include <QCoreApplication>
#include <QDialog>
#include <QDialogButtonBox>
#include <QFileDialog>
#include <QLabel>
#include <QListWidget>
#include <QPushButton>
#include <QVBoxLayout>

namespace orrery::window {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("customOps", text); }

} // namespace

void askCustomOps(std::vector<std::string>& libraries, const std::string& isolation, QWidget* parent)
{
    QDialog dialog(parent);
    dialog.setObjectName("customOpsDialog");
    dialog.setWindowTitle(tr("Custom operators"));
    auto* column = new QVBoxLayout(&dialog);
    auto* text = new QLabel(
        tr("The code of these libraries runs on this machine, in the runner process, whenever this model "
           "is run or debugged from now on. Add only libraries that you trust.\n\n") +
            (isolation.empty()
                 ? tr("The runner has no network and writes only into a folder of its own where the kernel "
                      "can enforce it; it can read your files.")
                 : tr("The runner has: %1. It can read your files.").arg(QString::fromStdString(isolation))),
        &dialog);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setMinimumWidth(480);
    auto* list = new QListWidget(&dialog);
    for (const std::string& library : libraries)
        list->addItem(QString::fromStdString(library));
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, &dialog);
    auto* add = buttons->addButton(tr("Add …"), QDialogButtonBox::ActionRole);
    auto* remove = buttons->addButton(tr("Remove"), QDialogButtonBox::ActionRole);
    column->addWidget(text);
    column->addWidget(list);
    column->addWidget(buttons);
    QObject::connect(add, &QPushButton::clicked, &dialog, [&] {
        for (const QString& path : QFileDialog::getOpenFileNames(&dialog, tr("Libraries with operators"), {},
                                                                 tr("Shared libraries (*.so)")))
            list->addItem(path);
    });
    QObject::connect(remove, &QPushButton::clicked, &dialog, [&] { qDeleteAll(list->selectedItems()); });
    QObject::connect(buttons, &QDialogButtonBox::accepted, &dialog, &QDialog::accept);
    QObject::connect(buttons, &QDialogButtonBox::rejected, &dialog, &QDialog::reject);
    if (dialog.exec() != QDialog::Accepted)
        return;
    libraries.clear();
    for (int i = 0; i < list->count(); ++i)
        libraries.push_back(list->item(i)->text().toStdString());
}

} // namespace orrery::window
