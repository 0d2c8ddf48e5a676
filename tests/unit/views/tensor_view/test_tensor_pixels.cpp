// SPDX-License-Identifier: Apache-2.0
//
// Numbers as pixels: what down-sampling keeps, which colours ranges give, pictures in every layout, lines.
#include "views/tensor_view/color_scale.h"
#include "views/tensor_view/default_view.h"
#include "views/tensor_view/image_conversion.h"
#include "views/tensor_view/line_series.h"
#include "views/tensor_view/subject.h"

#include <QTest>

#include <cmath>
#include <limits>
#include <random>

using namespace orrery;
using namespace orrery::tensor_view;
using graph::DataType;
using graph::Tensor;

namespace {

constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Tensor filled(const graph::Dims& dims, const std::function<double(std::int64_t)>& value)
{
    auto tensor = Tensor::allocate(DataType::Float32, dims);
    for (std::int64_t i = 0; i < tensor->elementCount(); ++i)
        tensor->mutableData<float>()[i] = float(value(i));
    return *tensor;
}

Reduced whole(const Tensor& tensor, int width, int height, double center)
{
    const SliceView slice(tensor.dims());
    return reduce({tensor, {}}, slice, {0, 0, slice.rows(), slice.columns()}, width, height, center);
}

} // namespace

class TestTensorPixels : public QObject {
    Q_OBJECT

private slots:
    void nothingIsChangedWhereEveryCellHasAPixel()
    {
        const Tensor tensor = filled({3, 4}, [](std::int64_t i) { return double(i); });
        const Reduced values = whole(tensor, 100, 100, 0);
        QCOMPARE(values.width, 4);
        QCOMPARE(values.height, 3);
        for (std::size_t i = 0; i < 12; ++i)
            QCOMPARE(values.values[i], double(i));
    }

    void oneNanAmongAMillionStaysToBeSeen()
    {
        std::mt19937 random(2);
        for (int round = 0; round < 10; ++round) {
            const std::int64_t rows = 1000, columns = 997;
            const auto bad = std::int64_t(random() % (rows * columns));
            const Tensor tensor = filled({rows, columns}, [&](std::int64_t i) {
                return i == bad                            ? notANumber
                       : i == (bad + 1) % (rows * columns) ? infinity
                                                           : std::sin(double(i));
            });
            const Reduced values = whole(tensor, 64, 48, 0);
            const auto x = (bad % columns) * 64 / columns, y = (bad / columns) * 48 / rows;
            QVERIFY(std::isnan(values.values[std::size_t(y * 64 + x)]));
            QCOMPARE(std::count_if(values.values.begin(), values.values.end(),
                                   [](double v) { return std::isnan(v); }),
                     std::ptrdiff_t(1));
        }
    }

    void extremesOnBothSidesOfTheMiddleStay()
    {
        const Tensor tensor = filled({100, 100}, [](std::int64_t i) {
            return i == 4242 ? 9.0 : i == 77 ? -9.0 : 1.0;
        });
        const Reduced values = whole(tensor, 7, 7, 0);
        QCOMPARE(*std::max_element(values.values.begin(), values.values.end()), 9.0);
        QCOMPARE(*std::min_element(values.values.begin(), values.values.end()), -9.0);
        QCOMPARE(std::count(values.values.begin(), values.values.end(), 1.0), std::ptrdiff_t(47));
    }

    void aDifferenceOfEqualBadValuesIsNothing()
    {
        const Tensor a = Tensor::of<float>({4}, {1, float(notANumber), float(infinity), 2});
        const Tensor b =
            Tensor::of<float>({4}, {0.5f, float(notANumber), float(infinity), float(notANumber)});
        const Elements elements{a, b};
        QVERIFY(elements.readable());
        QCOMPARE(elements.at(0), 0.5);
        QCOMPARE(elements.at(1), 0.0);
        QCOMPARE(elements.at(2), 0.0);
        QVERIFY(std::isnan(elements.at(3)));
        QVERIFY(!(Elements{a, Tensor::of<float>({2, 2}, {1, 2, 3, 4})}.readable()));
    }

    void badValuesHaveColoursThatNoNumberHas_data()
    {
        QTest::addColumn<int>("mode");
        QTest::newRow("light") << int(theme::Mode::Light);
        QTest::newRow("dark") << int(theme::Mode::Dark);
    }

    void badValuesHaveColoursThatNoNumberHas()
    {
        QFETCH(int, mode);
        const auto theme = theme::Theme::load(theme::Mode(mode));
        QVERIFY(theme.ok());
        const auto distance = [](QRgb a, QRgb b) {
            return std::abs(qRed(a) - qRed(b)) + std::abs(qGreen(a) - qGreen(b)) +
                   std::abs(qBlue(a) - qBlue(b));
        };
        for (ScaleKind kind : {ScaleKind::Sequential, ScaleKind::Diverging, ScaleKind::Gray}) {
            const ColorScale scale(*theme, kind);
            QCOMPARE(scale.of(notANumber, {0, 1}), scale.nan());
            QCOMPARE(scale.of(-infinity, {0, 1}), scale.infinity());
            for (int i = 0; i <= 100; ++i)
                for (QRgb bad : {scale.nan(), scale.infinity()})
                    QVERIFY2(distance(bad, scale.at(i / 100.0)) > 90,
                             qPrintable(QString("scale %1 at %2: #%3")
                                            .arg(int(kind))
                                            .arg(i)
                                            .arg(scale.at(i / 100.0), 0, 16)));
        }
    }

    void bothHuesGetFartherFromTheMiddle()
    {
        for (theme::Mode mode : {theme::Mode::Light, theme::Mode::Dark}) {
            const auto theme = theme::Theme::load(mode);
            const QColor middle = theme->diverging(0.5);
            double left = 0, right = 0;
            for (double away = 0.05; away <= 0.5; away += 0.05) {
                const double l = theme::Theme::contrast(middle, theme->diverging(0.5 - away));
                const double r = theme::Theme::contrast(middle, theme->diverging(0.5 + away));
                QVERIFY(l > left && r > right);
                left = l;
                right = r;
            }
        }
    }

    void rangesByMode()
    {
        const Tensor tensor =
            filled({10000}, [](std::int64_t i) { return i == 0 ? 1000.0 : -1 + double(i) / 5000; });
        const auto statistics = debug::statistics(tensor);
        const auto histogram = debug::histogram(tensor, 1 << 16);
        const ValueRange full = rangeOf(RangeMode::Auto, statistics, histogram);
        QCOMPARE(full.high, 1000.0);
        const ValueRange symmetric = rangeOf(RangeMode::Symmetric, statistics, histogram);
        QCOMPARE(symmetric.low, -1000.0);
        const ValueRange middle = rangeOf(RangeMode::Percentile, statistics, histogram, 0.9);
        QVERIFY2(std::abs(middle.low + 0.9) < 0.03 && std::abs(middle.high - 0.9) < 0.03,
                 qPrintable(QString("%1 %2").arg(middle.low).arg(middle.high)));
        const double most = std::numeric_limits<double>::max();
        QCOMPARE((ValueRange{-most, most}.part(0)), 0.5);
        QCOMPARE((ValueRange{3, 3}.part(3)), 0.5);
    }

    void picturesInEveryLayout()
    {
        // Red, green, blue, gray.
        const std::vector<std::array<float, 3>> pixels{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0.5f, 0.5f, 0.5f}};
        std::vector<float> first(12), last(12);
        for (std::size_t i = 0; i < 4; ++i)
            for (std::size_t c = 0; c < 3; ++c) {
                first[c * 4 + i] = pixels[i][c];
                last[i * 3 + c] = pixels[i][c];
            }
        ImageOptions options{.normalisation = Normalisation::ZeroToOne};
        const auto check = [&](const Tensor& tensor, ImageLayout layout) {
            options.layout = layout;
            const QImage image = toImage(tensor, options);
            QCOMPARE(image.size(), QSize(2, 2));
            QCOMPARE(image.pixel(0, 0), qRgb(255, 0, 0));
            QCOMPARE(image.pixel(1, 0), qRgb(0, 255, 0));
            QCOMPARE(image.pixel(0, 1), qRgb(0, 0, 255));
            QCOMPARE(image.pixel(1, 1), qRgb(128, 128, 128));
        };
        check(Tensor::of<float>({3, 2, 2}, first), ImageLayout::CHW);
        check(Tensor::of<float>({1, 3, 2, 2}, first), ImageLayout::NCHW);
        check(Tensor::of<float>({2, 2, 3}, last), ImageLayout::HWC);
        check(Tensor::of<float>({1, 2, 2, 3}, last), ImageLayout::NHWC);
        options.channels = ImageChannels::Bgr;
        options.layout = ImageLayout::CHW;
        QCOMPARE(toImage(Tensor::of<float>({3, 2, 2}, first), options).pixel(0, 0), qRgb(0, 0, 255));
        options.channels = ImageChannels::Gray;
        options.channel = 1;
        QCOMPARE(toImage(Tensor::of<float>({3, 2, 2}, first), options).pixel(1, 0), qRgb(255, 255, 255));
        options.layout = ImageLayout::NHWC;
        QVERIFY(toImage(Tensor::of<float>({3, 2, 2}, first), options).isNull());
    }

    void imageNetNumbersBecomeTheColoursTheyCameFrom()
    {
        const std::array<double, 3> mean{0.485, 0.456, 0.406}, deviation{0.229, 0.224, 0.225};
        const std::array<int, 3> color{200, 100, 50};
        std::vector<float> rgb, bgr;
        for (std::size_t c = 0; c < 3; ++c)
            rgb.push_back(float((color[c] / 255.0 - mean[c]) / deviation[c]));
        bgr.assign(rgb.rbegin(), rgb.rend());
        ImageOptions options{.layout = ImageLayout::CHW, .normalisation = Normalisation::ImageNet};
        QCOMPARE(toImage(Tensor::of<float>({3, 1, 1}, rgb), options).pixel(0, 0), qRgb(200, 100, 50));
        options.channels = ImageChannels::Bgr;
        QCOMPARE(toImage(Tensor::of<float>({3, 1, 1}, bgr), options).pixel(0, 0), qRgb(200, 100, 50));
    }

    void badPixelsAndFlatPicturesAreShownAsSuch()
    {
        const Tensor tensor = Tensor::of<float>({1, 4}, {1, 1, float(notANumber), float(infinity)});
        const ImageOptions options{.layout = ImageLayout::HW, .channels = ImageChannels::Gray};
        const QImage image = toImage(tensor, options);
        QCOMPARE(image.pixel(0, 0), qRgb(127, 127, 127));
        QCOMPARE(image.pixel(2, 0), options.nan);
        QCOMPARE(image.pixel(3, 0), options.infinity);
    }

    void hugePicturesAreThinned()
    {
        const auto tensor = Tensor::allocate(DataType::UInt8, {3, 20000});
        std::fill_n(tensor.value().bytes() == nullptr ? nullptr : const_cast<std::byte*>(tensor->bytes()),
                    60000, std::byte(7));
        const QImage image = toImage(*tensor, {.layout = ImageLayout::HW,
                                               .channels = ImageChannels::Gray,
                                               .normalisation = Normalisation::ZeroTo255});
        QVERIFY(image.width() <= int(largestSide) && image.width() > int(largestSide) / 2);
        QCOMPARE(image.pixel(image.width() - 1, 0), qRgb(7, 7, 7));
    }

    void theFirstViewFitsTheShape()
    {
        const auto type = DataType::Float32;
        QCOMPARE(defaultView({1, 3, 224, 224}, type), ViewKind::Image);
        QCOMPARE(defaultView({1, 224, 224, 3}, DataType::UInt8), ViewKind::Image);
        QCOMPARE(defaultView({1, 64, 56, 56}, type), ViewKind::FeatureMaps);
        QCOMPARE(defaultView({1000}, type), ViewKind::Lines);
        QCOMPARE(defaultView({1, 1000}, type), ViewKind::Lines);
        QCOMPARE(defaultView({2, 3}, type), ViewKind::Table);
        QCOMPARE(defaultView({}, type), ViewKind::Table);
        QCOMPARE(defaultView({0, 1000}, type), ViewKind::Table);
        QCOMPARE(defaultView({128, 768}, type), ViewKind::HeatMap);
        QCOMPARE(defaultView({1000}, DataType::String), ViewKind::Table);
    }

    void aSpikeOfOneElementStaysInItsLine()
    {
        const Tensor tensor = filled({100000}, [](std::int64_t i) {
            return i == 31415 ? 50.0 : i == 7 ? notANumber : 0.0;
        });
        const SliceView slice = SliceView(tensor.dims()).transposed();
        const auto points = lineOf({tensor, {}}, slice, 0, 0, 100000, 300);
        QCOMPARE(points.size(), std::size_t(300));
        QCOMPARE(points[31415 * 300 / 100000].high, 50.0);
        QCOMPARE(points[31415 * 300 / 100000].low, 0.0);
        QVERIFY(points[0].hasNan && points[0].hasFinite && !points[1].hasNan);
        QCOMPARE(lineOf({tensor, {}}, slice, 0, 31415, 1, 300).front().low, 50.0);
        QVERIFY(lineOf({tensor, {}}, slice, 1, 0, 10, 300).empty());
    }

    void axisTicksAreRound()
    {
        const auto ticks = axisTicks(-0.13, 1.07, 5);
        QCOMPARE(ticks, (std::vector<double>{0, 0.5, 1}));
        QCOMPARE(axisTicks(3, 3, 5).size(), std::size_t(1));
        QVERIFY(axisTicks(-1e308, 1e308, 5).size() < 20);
        QVERIFY(axisTicks(1e17, 1e17 + 64, 5).size() < 20);
    }

    void badValuesAreFoundOneAfterTheOtherAndAround()
    {
        const Tensor tensor = filled({3000}, [](std::int64_t i) {
            return i == 5 || i == 2500 ? notANumber : i == 9 ? infinity : 1;
        });
        QCOMPARE(nextBad(tensor, BadKind::Nan, -1), 5);
        QCOMPARE(nextBad(tensor, BadKind::Nan, 5), 2500);
        QCOMPARE(nextBad(tensor, BadKind::Nan, 2500), 5);
        QCOMPARE(nextBad(tensor, BadKind::Infinity, 2999), 9);
        QCOMPARE(nextBad(Tensor::of<float>({2}, {1, 2}), BadKind::Nan, 0), -1);
    }
};

QTEST_MAIN(TestTensorPixels)
#include "test_tensor_pixels.moc"
