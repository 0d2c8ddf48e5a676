// SPDX-License-Identifier: Apache-2.0
#include "views/panels/tensor_page.h"

#include "engine/base/text.h"
#include "engine/formats/tensor_file.h"
#include "engine/graph/graph.h"
#include "views/models/tables.h"
#include "views/tensor_view/export_tensor.h"
#include "views/tensor_view/number_format.h"

#include <QFileDialog>
#include <QInputDialog>
#include <QPointer>
#include <QProgressDialog>
#include <QShortcut>
#include <QTimer>

#include <atomic>

namespace orrery::panels {
namespace {

using namespace tensor_view;

constexpr int wideFrom = 760, headerWidth = 350; // of a panel that lies at the bottom of the window
constexpr int patienceMs = 300;

QString text(double value) { return QString::fromStdString(numberText(value, {Notation::General, 5})); }

void setElided(QLabel* label, const QString& text)
{
    label->setToolTip("<qt>" + text.toHtmlEscaped() + "</qt>"); // no markup from files
    label->setText(text);
}

QToolButton* toolButton(const QString& text, const QString& toolTip, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setText(text);
    button->setToolTip(toolTip);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

} // namespace

TensorPage::TensorPage(const theme::Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_theme(theme)
    , m_all(new QBoxLayout(QBoxLayout::TopToBottom, this))
    , m_header(new QWidget(this))
    , m_tabs(new QTabBar)
    , m_pages(new QStackedWidget)
{
    makeHeader();
    makeViews();
    m_all->setContentsMargins(0, 0, 0, 0);
    m_all->setSpacing(0);
    m_all->addWidget(m_header);
    m_all->addWidget(m_stack, 1);
    makeShortcuts();
    setTheme(theme);
}

TensorPage::~TensorPage() = default;

void TensorPage::makeHeader()
{
    m_name = plainLabel({}, m_header);
    m_name->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_name->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_type = plainLabel({}, m_header);
    m_where = plainLabel({}, m_header);
    m_numbers = plainLabel({}, m_header);
    m_message = plainLabel({}, m_header);
    for (QLabel* label : {m_type, m_where, m_numbers, m_message})
        label->setWordWrap(true);
    m_numbers->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_message->hide();
    m_recompute =
        toolButton(tr("Recompute"),
                   tr("Compute what the value held last once more; the session stays where it is"), m_header);
    m_runBack = toolButton(tr("Back to writer"), tr("Go back to just before the node that wrote this value"),
                           m_header);
    m_keep = toolButton(tr("Keep open"), tr("A tab for this value that stays when another one is chosen"),
                        m_header);
    m_pin = toolButton(tr("Pin"),
                       tr("A tab that keeps what the value holds now, to look at and compare with later"),
                       m_header);
    m_export = toolButton(tr("Export …"), tr("Save as .npy, .pb, .csv or .png"), m_header);
    m_set = toolButton(tr("Set from file …"),
                       tr("The value becomes what a .npy or .pb file holds; this makes a branch of the run"),
                       m_header);
    m_set->setObjectName("tensorSetFromFile");
    m_nextNan = toolButton(tr("Next NaN"), tr("Go to the next NaN (N)"), m_header);
    m_nextInf = toolButton(tr("Next Inf"), tr("Go to the next infinity (Shift+N)"), m_header);

    auto* column = new QVBoxLayout(m_header);
    column->setContentsMargins(12, 10, 12, 8);
    column->setSpacing(4);
    column->addWidget(m_name);
    column->addWidget(m_type);
    column->addWidget(m_where);
    column->addWidget(m_numbers);
    const auto addRow = [&](std::initializer_list<QWidget*> buttons) {
        auto* row = new QHBoxLayout;
        row->setSpacing(6);
        for (QWidget* button : buttons)
            row->addWidget(button);
        row->addStretch();
        column->addLayout(row);
    };
    addRow({m_nextNan, m_nextInf});
    addRow({m_recompute, m_runBack, m_keep, m_pin, m_export});
    addRow({m_set});
    column->addWidget(m_message);
    column->addStretch();

    connect(m_recompute, &QToolButton::clicked, this, &TensorPage::recomputeRequested);
    connect(m_runBack, &QToolButton::clicked, this, &TensorPage::runBackRequested);
    connect(m_keep, &QToolButton::clicked, this, &TensorPage::keepRequested);
    connect(m_pin, &QToolButton::clicked, this, &TensorPage::pinRequested);
    connect(m_export, &QToolButton::clicked, this, &TensorPage::pickFile);
    connect(m_set, &QToolButton::clicked, this, &TensorPage::pickReplacement);
    connect(m_nextNan, &QToolButton::clicked, this, [this] { nextBad(BadKind::Nan); });
    connect(m_nextInf, &QToolButton::clicked, this, [this] { nextBad(BadKind::Infinity); });
}

void TensorPage::makeViews()
{
    auto* content = new QWidget;
    m_slice = new SliceBar(content);
    m_about = new TensorAbout(m_pages);
    m_table = new TablePage(m_pages);
    m_heat = new HeatMapPage(m_pages);
    m_image = new ImagePage(m_pages);
    m_maps = new FeatureMapsPage(m_pages);
    m_lines = new LinesPage(m_pages);
    m_compare = new ComparePage(m_pages);
    m_tabs->setDocumentMode(true);
    m_tabs->setUsesScrollButtons(true);
    m_tabs->setExpanding(false);
    m_tabs->setDrawBase(false);
    m_tabs->setStyleSheet("QTabBar::tab { padding: 6px 5px; }"); // all of them in a narrow dock
    const std::pair<QWidget*, QString> pages[] = {
        {m_about, tr("About")}, {m_table, tr("Table")}, // from here on in the order of ViewKind
        {m_heat, tr("Heat")},   {m_image, tr("Image")},     {m_maps, tr("Maps")},
        {m_lines, tr("Lines")}, {m_compare, tr("Compare")},
    };
    for (const auto& [page, title] : pages) {
        m_tabs->addTab(title);
        m_pages->addWidget(page);
    }
    const QStringList toolTips{tr("Statistics, histogram, who writes and reads it, where its dims come from"),
                               tr("Numbers"),
                               tr("Heat map"),
                               tr("Picture"),
                               tr("Feature maps: all channels"),
                               tr("Rows as lines"),
                               tr("Difference to another tensor")};
    for (int i = 0; i < toolTips.size(); ++i)
        m_tabs->setTabToolTip(i, i == 0 ? toolTips[i] : tr("%1 (Ctrl+%2)").arg(toolTips[i]).arg(i));
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_tabs);
    column->addWidget(m_slice);
    column->addWidget(m_pages, 1);
    m_stack = new ContentOrEmpty(content, this);

    connect(m_tabs, &QTabBar::currentChanged, this, [this](int page) {
        m_pages->setCurrentIndex(page);
        fillView();
    });
    connect(m_slice, &SliceBar::sliceChanged, this, &TensorPage::fillView);
    // Later, because what follows makes the sheet anew, with the button that was clicked.
    connect(m_about, &TensorAbout::nodeChosen, this, &TensorPage::nodeChosen, Qt::QueuedConnection);
    connect(m_about, &TensorAbout::elementChosen, this, &TensorPage::goTo, Qt::QueuedConnection);
    connect(&m_table->grid(), &CellGrid::edited, this, &TensorPage::editElement);
    connect(m_heat, &HeatMapPage::chosen, this, [this](std::int64_t flat) {
        SliceView slice = m_slice->slice();
        m_table->grid().setCurrent(slice.reveal(flat));
    });
    connect(&m_maps->maps(), &FeatureMaps::chosen, this, [this](std::int64_t channel) {
        m_slice->setSlice(m_maps->maps().sliceOf(channel));
        showView(ViewKind::HeatMap);
    });
    connect(m_compare, &ComparePage::chosen, this, &TensorPage::goTo);
    connect(m_compare, &ComparePage::otherChosen, this, &TensorPage::otherChosen);
}

void TensorPage::makeShortcuts()
{
    const auto add = [this](const QKeySequence& keys, auto action) {
        auto* shortcut = new QShortcut(keys, this);
        shortcut->setContext(Qt::WidgetWithChildrenShortcut);
        connect(shortcut, &QShortcut::activated, this, action);
    };
    for (int i = 0; i < viewKinds; ++i)
        add(QKeySequence(QString("Ctrl+%1").arg(i + 1)), [this, i] { showView(ViewKind(i)); });
    add(Qt::Key_G, [this] { askForIndex(); });
    add(Qt::Key_N, [this] { nextBad(BadKind::Nan); });
    add(Qt::SHIFT | Qt::Key_N, [this] { nextBad(BadKind::Infinity); });
}

void TensorPage::setTheme(const theme::Theme& theme)
{
    m_theme = theme;
    m_name->setFont(theme.font(theme::FontRole::Title));
    for (QLabel* label : {m_type, m_where, m_message})
        label->setFont(theme.font(theme::FontRole::Body));
    m_numbers->setFont(theme.font(theme::FontRole::Small));
    const QString outlined = QString("QToolButton { border: 1px solid %1; padding: 3px 6px; }")
                                 .arg(theme.color(theme::Role::Border).name());
    for (QToolButton* button :
         {m_recompute, m_runBack, m_keep, m_pin, m_export, m_set, m_nextNan, m_nextInf}) {
        button->setStyleSheet(outlined);
        button->setFont(theme.font(theme::FontRole::Small));
    }
    m_tabs->setFont(theme.font(theme::FontRole::Small));
    setColor(m_type, theme.color(theme::Role::TextMuted));
    setColor(m_message, theme.color(theme::Role::Warning));
    m_stack->setTheme(theme);
    m_slice->setTheme(theme);
    m_about->setTheme(theme);
    m_table->setTheme(theme);
    m_heat->setTheme(theme);
    m_image->setTheme(theme);
    m_maps->setTheme(theme);
    m_lines->setTheme(theme);
    m_compare->setTheme(theme);
    updateHeader();
    updateAbout();
}

void TensorPage::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const bool isWide = width() >= wideFrom && height() < width();
    m_all->setDirection(isWide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
    m_header->setMinimumWidth(isWide ? headerWidth : 0);
    m_header->setMaximumWidth(isWide ? headerWidth : QWIDGETSIZE_MAX);
}

void TensorPage::setFacts(const TensorFacts& facts)
{
    m_facts = facts;
    m_table->setEditable(facts.canEdit);
    updateHeader();
    updateAbout();
}

void TensorPage::setTensor(const graph::Tensor& tensor)
{
    const bool isOther = m_shownKey != m_facts.key || m_shownDims != tensor.dims() || !m_tensor.defined();
    m_tensor = tensor;
    if (tensor.type() != graph::DataType::String && tensor.elementCount() > 0 && tensor.bytes() == nullptr) {
        setMissing(tr("Not loaded"), tr("The file that holds these elements was not read."));
        return;
    }
    if (isOther) {
        m_subject.reset();
        m_stack->showEmpty(tr("Reading …"), {});
    }
    say({});
    m_analysis.submit([name = m_facts.name, tensor](std::stop_token) { return analysed(name, tensor); },
                      [this](SubjectPointer subject) { showSubject(std::move(subject)); });
}

void TensorPage::setMissing(const QString& title, const QString& why)
{
    m_analysis.cancel();
    m_search.cancel();
    m_tensor = {};
    m_subject.reset();
    m_stack->showEmpty(title, why);
    updateHeader();
}

void TensorPage::showSubject(SubjectPointer subject)
{
    m_subject = std::move(subject);
    const graph::Dims& dims = m_subject->dims();
    const bool isOther = m_shownKey != m_facts.key;
    if (m_shownDims != dims || isOther)
        m_slice->setSlice(SliceView(dims));
    m_shownDims = dims;
    const bool isNumeric = m_subject->elements.readable();
    for (auto view :
         {ViewKind::HeatMap, ViewKind::Image, ViewKind::FeatureMaps, ViewKind::Lines, ViewKind::Compare})
        m_tabs->setTabEnabled(int(view) + 1, isNumeric && m_tensor.elementCount() > 0);
    m_tabs->setTabEnabled(int(ViewKind::Image) + 1, isNumeric && dims.size() >= 2 && dims.size() <= 4);
    m_tabs->setTabEnabled(int(ViewKind::FeatureMaps) + 1, isNumeric && hasFeatureMaps(dims));
    m_stack->showContent();
    if (isOther)
        showView(defaultView(dims, m_tensor.type()));
    m_shownKey = m_facts.key;
    fillView();
    updateHeader();
    updateAbout();
}

void TensorPage::showView(ViewKind view)
{
    if (m_tabs->isTabEnabled(int(view) + 1))
        m_tabs->setCurrentIndex(int(view) + 1);
}

void TensorPage::hideName() { m_name->hide(); }

void TensorPage::updateAbout()
{
    if (!view())
        m_about->show(m_facts, m_subject);
}

void TensorPage::showAbout() { m_tabs->setCurrentIndex(0); }

std::optional<ViewKind> TensorPage::view() const
{
    if (m_tabs->currentIndex() == 0)
        return {};
    return ViewKind(m_tabs->currentIndex() - 1);
}

void TensorPage::fillView()
{
    const auto shown = view();
    const bool isSliced = shown && *shown != ViewKind::Image && *shown != ViewKind::FeatureMaps;
    m_slice->setVisible(isSliced && m_slice->slice().rank() > 0);
    if (!shown)
        return updateAbout();
    if (!m_subject)
        return;
    const SliceView& slice = m_slice->slice();
    switch (*shown) {
    case ViewKind::Table:
        return m_table->setContent(m_subject, slice);
    case ViewKind::HeatMap:
        return m_heat->setContent(m_subject, slice);
    case ViewKind::Image:
        return m_image->setSubject(m_subject);
    case ViewKind::FeatureMaps:
        return m_maps->setSubject(m_subject);
    case ViewKind::Lines:
        return m_lines->setContent(m_subject, slice);
    case ViewKind::Compare:
        return m_compare->setContent(m_subject, slice);
    }
}

QString TensorPage::typeText() const
{
    if (!m_tensor.defined())
        return m_facts.declared;
    QString line = QString("%1 %2 · %3")
                       .arg(QString::fromUtf8(graph::name(m_tensor.type()).data(),
                                              qsizetype(graph::name(m_tensor.type()).size())),
                            QString::fromStdString(displayText(graph::dimsText(m_tensor.dims()), 200)))
                       .arg(m_tensor.elementCount() == 1 ? tr("1 element")
                                                         : tr("%L1 elements").arg(m_tensor.elementCount()));
    if (m_tensor.byteSize() > 0)
        line +=
            " · " +
            QString::fromStdString(formatBytes(std::int64_t(m_tensor.byteSize()))).replace(' ', QChar::Nbsp);
    return line;
}

void TensorPage::updateHeader()
{
    setElided(m_name, m_facts.name.empty() ? tr("(no name)") : models::shown(m_facts.name));
    m_type->setText(typeText());
    m_where->setText(m_facts.where);
    m_where->setVisible(!m_facts.where.isEmpty());
    setColor(m_where, m_theme.color(m_facts.isAsItIsNow ? theme::Role::Success : theme::Role::Warning));
    QString numbers;
    const bool isNumeric = m_subject && m_subject->elements.readable();
    if (isNumeric) {
        const auto& s = m_subject->statistics;
        if (s.finite > 0) // no break between a word and its number
            numbers = tr("min\u00a0%1 · max\u00a0%2 · mean\u00a0%3 · std\u00a0%4")
                          .arg(text(s.min), text(s.max), text(s.mean), text(s.std));
        if (s.nans > 0)
            numbers += tr(" · %L1 NaN").arg(s.nans);
        if (s.infinities > 0)
            numbers += tr(" · %L1 infinite").arg(s.infinities);
    }
    m_numbers->setText(numbers);
    m_numbers->setVisible(!numbers.isEmpty());
    m_nextNan->setVisible(isNumeric && m_subject->statistics.nans > 0);
    m_nextInf->setVisible(isNumeric && m_subject->statistics.infinities > 0);
    m_recompute->setVisible(m_facts.canRecompute);
    m_runBack->setVisible(m_facts.canRunBack);
    m_keep->setVisible(m_facts.canPin);
    m_pin->setVisible(m_facts.canPin && m_tensor.defined());
    m_export->setVisible(m_tensor.defined());
    m_set->setVisible(m_facts.canEdit && m_tensor.defined());
}

void TensorPage::goTo(std::int64_t flat)
{
    if (!m_subject || flat < 0 || flat >= m_tensor.elementCount())
        return;
    SliceView slice = m_slice->slice();
    const Cell cell = slice.reveal(flat);
    m_slice->setSlice(slice);
    if (view() != ViewKind::HeatMap)
        showView(ViewKind::Table);
    fillView();
    if (view() == ViewKind::HeatMap)
        m_heat->setCurrent(cell);
    else
        m_table->grid().setFocus();
    m_table->grid().setSlice(slice);
    m_table->grid().setCurrent(cell);
}

void TensorPage::askForIndex()
{
    if (!m_subject || m_tensor.elementCount() == 0)
        return;
    bool accepted = false;
    const QString given = QInputDialog::getText(
        this, tr("Go to element"),
        tr("Index in %1:").arg(QString::fromStdString(graph::dimsText(m_tensor.dims()))), QLineEdit::Normal,
        {}, &accepted);
    if (!accepted)
        return;
    const auto slice = SliceView::parse(given.toStdString(), m_tensor.dims());
    if (!slice.ok())
        say(QString::fromStdString(slice.error().message));
    else if (slice->rows() > 0 && slice->columns() > 0)
        goTo(slice->flat(0, 0));
}

void TensorPage::nextBad(BadKind kind)
{
    if (!m_subject)
        return;
    const auto current = m_table->grid().currentFlat();
    m_search.submit(
        [tensor = m_tensor, kind, from = current.value_or(-1)](std::stop_token stop) {
            return tensor_view::nextBad(tensor, kind, from, stop);
        },
        [this, kind](std::int64_t found) {
            if (found >= 0)
                goTo(found);
            else
                say(kind == BadKind::Nan ? tr("No NaN in this tensor") : tr("No infinity in this tensor"));
        });
}

void TensorPage::editElement(std::int64_t flat, const QString& typed)
{
    m_edit.submit([tensor = m_tensor, flat,
                   typed = typed.toStdString()](std::stop_token) { return withElement(tensor, flat, typed); },
                  [this](Result<graph::Tensor> changed) {
                      if (changed.ok())
                          emit tensorEdited(std::make_shared<const graph::Tensor>(changed.releaseValue()));
                      else
                          say(QString::fromStdString(changed.error().message));
                  });
}

void TensorPage::pickReplacement()
{
    const QString path = QFileDialog::getOpenFileName(this, tr("Set the value from a file"), {},
                                                      tr("Tensors (*.npy *.pb);;All files (*)"));
    if (!path.isEmpty())
        setFrom(path);
}

void TensorPage::setFrom(const QString& path)
{
    m_edit.submit([path = path.toStdString()](std::stop_token) { return formats::readTensor(path); },
                  [this](Result<graph::Tensor> read) {
                      if (!read.ok())
                          return say(QString::fromStdString(displayText(read.error().text(), 400)));
                      const graph::Tensor& tensor = *read;
                      if (tensor.type() != m_tensor.type() || tensor.dims() != m_tensor.dims()) {
                          const auto described = [](const graph::Tensor& t) {
                              return graph::ValueType::tensor(t.type(), graph::Shape::of(t.dims())).text();
                          };
                          say(tr("The file holds %1; the value is %2")
                                  .arg(QString::fromStdString(described(tensor)),
                                       QString::fromStdString(described(m_tensor))));
                          return;
                      }
                      say({});
                      emit tensorEdited(std::make_shared<const graph::Tensor>(read.releaseValue()));
                  });
}

void TensorPage::pickFile()
{
    QString name = QString::fromStdString(m_facts.name);
    for (QChar& c : name)
        if (!c.isLetterOrNumber() && c != '_' && c != '-' && c != '.')
            c = '_';
    const QString path = QFileDialog::getSaveFileName(
        this, tr("Export the tensor"), name.left(100) + ".npy",
        tr("NumPy (*.npy);;TensorProto (*.pb);;The slice as text (*.csv);;Picture (*.png)"));
    if (!path.isEmpty())
        exportTo(path);
}

void TensorPage::exportTo(const QString& path)
{
    auto permille = std::make_shared<std::atomic<int>>(0);
    auto* dialog = new QProgressDialog(tr("Exporting …"), tr("Cancel"), 0, 1000, this);
    dialog->setMinimumDuration(patienceMs);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    auto* clock = new QTimer(dialog);
    connect(clock, &QTimer::timeout, dialog, [dialog, permille] { dialog->setValue(*permille); });
    connect(dialog, &QProgressDialog::canceled, this, [this] {
        m_exporting.cancel();
        say(tr("The export was cancelled"));
    });
    clock->start(50);
    const bool isPicture = path.endsWith(".png", Qt::CaseInsensitive);
    if (isPicture && view() != ViewKind::Image)
        m_heat->setContent(m_subject, m_slice->slice());
    m_exporting.submit(
        [=, tensor = m_tensor, slice = m_slice->slice(), name = m_facts.name,
         shown = view() == ViewKind::Image ? m_image->picture() : QImage(),
         picture = m_heat->picture()](std::stop_token stop) -> Result<void> {
            if (isPicture)
                return exportPicture(shown.isNull() ? picture(stop) : shown, path);
            return exportTensor(
                tensor, slice, name, path,
                [&](std::int64_t done, std::int64_t total) {
                    *permille = int(double(done) / double(std::max<std::int64_t>(1, total)) * 1000);
                },
                stop);
        },
        [this, path, dialog = QPointer(dialog)](const Result<void>& result) {
            if (dialog)
                dialog->close();
            say(result.ok() ? tr("Saved as %1").arg(models::shown(path.toStdString()))
                            : QString::fromStdString(displayText(result.error().text())));
        });
}

void TensorPage::say(const QString& line)
{
    m_message->setText(line);
    m_message->setVisible(!line.isEmpty());
}

bool TensorPage::isIdle() const
{
    return !m_analysis.busy() && !m_search.busy() && !m_edit.busy() && !m_exporting.busy() &&
           !m_heat->isBusy() && !m_image->isBusy() && !m_maps->isBusy() && !m_lines->isBusy() &&
           !m_compare->isBusy();
}

} // namespace orrery::panels
