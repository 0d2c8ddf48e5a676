#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// TensorPage: everything about one tensor: what it is and where it stands, its statistics, who wrote it and
// who reads it, where its dims come from, and the views of its elements. It is told facts and a tensor, and
// asks by signals; sessions and graphs are the inspector's business. All that reads a whole tensor runs on
// Tasks.

#include "views/async/task.h"
#include "views/panels/empty_state.h"
#include "views/panels/tensor_about.h"
#include "views/tensor_view/compare_page.h"
#include "views/tensor_view/default_view.h"
#include "views/tensor_view/feature_maps_page.h"
#include "views/tensor_view/heat_map_page.h"
#include "views/tensor_view/image_page.h"
#include "views/tensor_view/lines_page.h"
#include "views/tensor_view/slice_bar.h"
#include "views/tensor_view/table_page.h"

#include <QBoxLayout>
#include <QTabBar>
#include <QToolButton>

#include <optional>

namespace orrery::panels {

class TensorPage : public QWidget {
    Q_OBJECT

public:
    explicit TensorPage(const theme::Theme& theme, QWidget* parent);
    ~TensorPage() override;

    void setTheme(const theme::Theme& theme);
    void setFacts(const TensorFacts& facts);
    const TensorFacts& facts() const { return m_facts; }
    void hideName(); // it is told elsewhere
    void setTensor(const graph::Tensor& tensor);
    void setMissing(const QString& title, const QString& text); // instead of a tensor
    void setComparable(const QStringList& titles) { m_compare->setChoices(titles); }
    tensor_view::ComparePage& comparison() { return *m_compare; }
    const graph::Tensor& tensor() const { return m_tensor; } // undefined without one

    void showView(tensor_view::ViewKind view);
    void showAbout();
    std::optional<tensor_view::ViewKind> view() const; // nothing: About
    void goTo(std::int64_t flat);
    void askForIndex();
    void nextBad(tensor_view::BadKind kind);
    void exportTo(const QString& path);
    void setFrom(const QString& path); // tensorEdited() follows, or a line that says why not
    bool isIdle() const;

    tensor_view::SliceBar& sliceBar() { return *m_slice; }
    tensor_view::TablePage& table() { return *m_table; }
    tensor_view::HeatMapPage& heatMap() { return *m_heat; }
    tensor_view::ImagePage& image() { return *m_image; }
    tensor_view::FeatureMapsPage& maps() { return *m_maps; }
    tensor_view::LinesPage& lines() { return *m_lines; }

signals:
    void keepRequested();
    void pinRequested();
    void recomputeRequested();
    void runBackRequested();
    void nodeChosen(orrery::NodeId node);
    void tensorEdited(std::shared_ptr<const orrery::graph::Tensor> tensor);
    void otherChosen(int index); // to compare with

protected:
    void resizeEvent(QResizeEvent* event) override;

private:
    void makeHeader();
    void makeViews();
    void makeShortcuts();
    void showSubject(tensor_view::SubjectPointer subject);
    void fillView();
    void updateHeader();
    void updateAbout(); // when it is seen
    void editElement(std::int64_t flat, const QString& text);
    void pickFile();
    void pickReplacement();
    void say(const QString& text); // a line below the header
    QString typeText() const;

    theme::Theme m_theme;
    TensorFacts m_facts;
    graph::Tensor m_tensor;
    tensor_view::SubjectPointer m_subject;
    std::uint32_t m_shownKey = 0xffffffff; // whose view was chosen
    graph::Dims m_shownDims;

    QBoxLayout* m_all;
    QWidget* m_header;
    QLabel *m_name, *m_type, *m_where, *m_numbers, *m_message;
    QToolButton *m_recompute, *m_runBack, *m_keep, *m_pin, *m_export, *m_set, *m_nextNan, *m_nextInf;
    ContentOrEmpty* m_stack;
    QTabBar* m_tabs;
    QStackedWidget* m_pages;
    tensor_view::SliceBar* m_slice;
    TensorAbout* m_about;
    tensor_view::TablePage* m_table;
    tensor_view::HeatMapPage* m_heat;
    tensor_view::ImagePage* m_image;
    tensor_view::FeatureMapsPage* m_maps;
    tensor_view::LinesPage* m_lines;
    tensor_view::ComparePage* m_compare;
    async::Task m_analysis, m_search, m_edit, m_exporting; // last: their jobs end first
};

} // namespace orrery::panels
