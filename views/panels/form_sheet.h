#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// FormSheet: a property sheet with fields. A field hands what the user typed to its commit function, which
// changes the model or says what is wrong; that is told beneath the field, and what was typed stays. Fields
// go by id, so that the sheet that replaces this one after a change takes over the cursor and what is still
// unfinished (FormState).

#include "views/panels/property_sheet.h"

#include <QMap>
#include <QString>
#include <QStringList>

#include <functional>
#include <optional>

class QLabel;
class QLineEdit;
class QToolButton;

namespace orrery::document {
class Document;
}
namespace orrery::graph {
struct Edit;
}
namespace orrery {
template<class T>
class Result;
}

namespace orrery::panels {

// What a sheet hands on to the one that replaces it.
struct FormState {
    QString focused; // id of the field; empty: none
    int cursor = 0;
    struct Unfinished {
        QString text, error;
    };
    QMap<QString, Unfinished> unfinished; // by id: typed and not accepted
};

class FormSheet : public PropertySheet {
public:
    // Empty when it was done, else what is wrong.
    using Commit = std::function<QString(const QString& text)>;

    FormSheet(const theme::Theme& theme, QWidget* parent);

    struct FieldSpec {
        QString id;
        QString key; // shown in front of it
        QString toolTip = {};
        QString text = {};
        QString placeholder = {}; // pale: what holds while nothing is typed
        Commit commit = {};
        std::function<void()> reset = {};    // a button that goes back to the default; empty: none
        std::vector<QWidget*> trailing = {}; // small buttons
        QStringList suggestions = {};
    };
    QLineEdit* text(const FieldSpec& spec);
    // The texts of the choices; `spec.text` is the one that holds. isPale: it is the default.
    void choice(const FieldSpec& spec, const QStringList& choices, bool isPale = false);
    void check(const FieldSpec& spec, const QString& label, bool isChecked, bool isPale = false);
    void integer(const FieldSpec& spec, int value, bool isPale = false);
    // Several lines; committed when the cursor leaves it.
    void longText(const FieldSpec& spec);
    void action(const QString& id, const QString& text, const QString& toolTip, std::function<void()> run);

    QToolButton* smallButton(const QString& id, const QString& text, const QString& toolTip,
                             std::function<void()> run);

    FormState state() const;
    void restore(const FormState& state);
    bool focusFirst();
    const theme::Theme& formTheme() const { return theme(); } // for dialogs that are opened from it

private:
    struct Framed {
        QWidget* frame;
        QLabel* error;
    };
    static FieldSpec typeable(FieldSpec spec);
    Framed framed(QWidget* field);
    void add(const FieldSpec& spec, QWidget* field, QWidget* frame);
    std::function<bool(const QString&)> committer(const FieldSpec& spec, QWidget* field, QLabel* error);
};

// Puts the cursor into the first field of the form that the window shows; false when it shows none.
bool focusForm(const QWidget& window);

// Applies it; empty when it was done, else why not, in words.
QString tryEdit(document::Document& document, const Result<graph::Edit>& edit);

} // namespace orrery::panels
