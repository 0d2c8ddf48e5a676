// SPDX-License-Identifier: Apache-2.0
//
// For each place of the output the grid names a place of the input in [-1, 1] along each spatial axis, last
// axis first. A sample is a product of one weight per axis: nearest takes one neighbour along an axis, linear
// two, cubic (Keys, a = -0.75) four. What lies outside is zero, the border, or the reflected input.
#include "engine/base/text.h"
#include "engine/ops/tensor/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace orrery::ops {
namespace {

using graph::Dims;
using graph::Tensor;

enum class Mode { Nearest, Linear, Cubic };
enum class Padding { Zeros, Border, Reflection };

struct Settings {
    Mode mode = Mode::Linear;
    Padding padding = Padding::Zeros;
    bool alignCorners = false;
};

Result<Settings> settingsOf(const graph::Node& node)
{
    Settings settings;
    std::string mode = node.stringAttribute("mode", "linear");
    std::string padding = node.stringAttribute("padding_mode", "zeros");
    if (mode == "nearest")
        settings.mode = Mode::Nearest;
    else if (mode == "cubic" || mode == "bicubic")
        settings.mode = Mode::Cubic;
    else if (mode != "linear" && mode != "bilinear")
        return badInput(fmt::format("mode is \"{}\", which is not known", displayText(mode, 40)));
    if (padding == "border")
        settings.padding = Padding::Border;
    else if (padding == "reflection")
        settings.padding = Padding::Reflection;
    else if (padding != "zeros")
        return badInput(fmt::format("padding_mode is \"{}\", which is not known", displayText(padding, 40)));
    settings.alignCorners = node.intAttribute("align_corners", 0) != 0;
    return settings;
}

Result<void> infer(InferContext& context)
{
    const graph::Shape* input = context.inputShape(0);
    const graph::Shape* grid = context.inputShape(1);
    std::optional<graph::Shape> output;
    if (input != nullptr && grid != nullptr && input->rank() > 2 && grid->rank() == input->rank()) {
        output = *input;
        std::copy(grid->dims.begin() + 1, grid->dims.end() - 1, output->dims.begin() + 2);
    }
    context.setTensor(0, context.inputElement(0), output);
    return {};
}

double reflected(double x, double low, double high)
{
    double range = high - low;
    if (range <= 0)
        return low;
    double away = std::fmod(std::abs(x - low), 2 * range);
    return low + (away > range ? 2 * range - away : away);
}

double cubicWeight(double distance)
{
    constexpr double a = -0.75;
    double x = std::abs(distance);
    if (x <= 1)
        return ((a + 2) * x - (a + 3)) * x * x + 1;
    return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// Neighbours along one axis; an index of -1 is a zero outside.
struct Neighbours {
    std::array<std::int64_t, 4> at{};
    std::array<double, 4> weight{};
    int count = 1;
};

Neighbours neighboursOf(const Settings& settings, double place, std::int64_t length)
{
    auto size = static_cast<double>(length);
    double x = settings.alignCorners ? (place + 1) / 2 * (size - 1) : ((place + 1) * size - 1) / 2;
    double low = settings.alignCorners ? 0 : -0.5;
    double high = settings.alignCorners ? size - 1 : size - 0.5;
    x = std::isfinite(x) ? std::clamp(x, -1e15, 1e15) : -1e15; // not a number is outside
    auto inside = [&](double index) -> std::int64_t {
        if (settings.padding == Padding::Border)
            index = std::clamp(index, 0.0, size - 1);
        else if (settings.padding == Padding::Reflection)
            index = std::clamp(std::nearbyint(reflected(index, low, high)), 0.0, size - 1);
        return index >= 0 && index < size ? static_cast<std::int64_t>(index) : -1;
    };
    Neighbours result;
    if (settings.mode == Mode::Nearest) {
        if (settings.padding == Padding::Reflection)
            x = reflected(x, low, high);
        result.at[0] = inside(std::nearbyint(x));
        result.weight[0] = 1;
        return result;
    }
    // The place itself is brought inside for linear; cubic brings in each of its neighbours.
    if (settings.mode == Mode::Linear && settings.padding == Padding::Border)
        x = std::clamp(x, 0.0, size - 1);
    if (settings.mode == Mode::Linear && settings.padding == Padding::Reflection)
        x = std::clamp(reflected(x, low, high), 0.0, size - 1);
    bool cubic = settings.mode == Mode::Cubic;
    result.count = cubic ? 4 : 2;
    double base = std::floor(x) - (cubic ? 1 : 0);
    for (int i = 0; i < result.count; ++i) {
        auto n = static_cast<std::size_t>(i);
        double index = base + i;
        result.weight[n] = cubic ? cubicWeight(x - index) : std::max(0.0, 1 - std::abs(x - index));
        result.at[n] = inside(index);
    }
    return result;
}

// The neighbours along all axes multiplied out: offsets into a plane and their weights.
struct Sample {
    std::vector<std::int64_t> offsets;
    std::vector<double> weights;

    void start()
    {
        offsets.assign(1, 0);
        weights.assign(1, 1);
    }
    void cross(const Neighbours& neighbours, std::int64_t length)
    {
        std::vector<std::int64_t> nextOffsets;
        std::vector<double> nextWeights;
        for (std::size_t i = 0; i < offsets.size(); ++i) {
            for (std::size_t n = 0; n < static_cast<std::size_t>(neighbours.count); ++n) {
                if (neighbours.at[n] < 0 || neighbours.weight[n] == 0)
                    continue;
                nextOffsets.push_back(offsets[i] * length + neighbours.at[n]);
                nextWeights.push_back(weights[i] * neighbours.weight[n]);
            }
        }
        offsets.swap(nextOffsets);
        weights.swap(nextWeights);
    }
};

struct Task {
    Settings settings;
    Dims spatial; // of the input
    std::int64_t channels = 0;
    std::int64_t inputPlane = 1;
    std::int64_t outputPlane = 1;
};

template<class T, class G>
void samplePlaces(const Task& task, const T* input, const G* grid, T* output, std::int64_t begin,
                  std::int64_t end)
{
    Sample sample;
    auto rank = task.spatial.size();
    for (std::int64_t n = begin; n < end; ++n) {
        const G* place = grid + n * static_cast<std::int64_t>(rank);
        sample.start();
        for (std::size_t axis = 0; axis < rank; ++axis)
            sample.cross(
                neighboursOf(task.settings, static_cast<double>(place[rank - 1 - axis]), task.spatial[axis]),
                task.spatial[axis]);
        std::int64_t batch = n / task.outputPlane;
        for (std::int64_t c = 0; c < task.channels; ++c) {
            const T* plane = input + (batch * task.channels + c) * task.inputPlane;
            double sum = 0;
            for (std::size_t i = 0; i < sample.offsets.size(); ++i)
                sum += sample.weights[i] * static_cast<double>(plane[sample.offsets[i]]);
            output[(batch * task.channels + c) * task.outputPlane + n % task.outputPlane] =
                static_cast<T>(sum);
        }
    }
}

Result<KernelPtr> kernel(const KernelInfo& info)
{
    Settings settings = TRY(settingsOf(info.node));
    return makeKernel([settings](KernelContext& context) -> Result<void> {
        const Tensor* input = TRY(requiredInput(context, 0));
        const Tensor* grid = TRY(requiredInput(context, 1));
        std::size_t rank = input->rank();
        bool fits = rank >= 3 && rank <= 5 && grid->rank() == rank && grid->dims()[0] == input->dims()[0] &&
                    grid->dims().back() == static_cast<std::int64_t>(rank) - 2;
        if (!fits)
            return runError(fmt::format("the grid {} does not fit the input {}",
                                        graph::dimsText(grid->dims()), graph::dimsText(input->dims())));
        Dims dims = input->dims();
        std::copy(grid->dims().begin() + 1, grid->dims().end() - 1, dims.begin() + 2);
        Tensor* output = TRY(context.output(0, input->type(), dims));
        if (output->elementCount() == 0)
            return {};
        Task task{settings, dimsBetween(input->dims(), 2, rank), dims[1], 1,
                  productOf(dimsBetween(dims, 2, rank))};
        task.inputPlane = productOf(task.spatial);
        if (task.inputPlane == 0)
            return runError("there is nothing to sample in " + graph::dimsText(input->dims()));
        return dispatch(FloatTypes(), input->type(), [&]<class T>(TypeTag<T>) -> Result<void> {
            return dispatch(FloatTypes(), grid->type(), [&]<class G>(TypeTag<G>) -> Result<void> {
                context.parallelFor(dims[0] * task.outputPlane, 256,
                                    [&](std::int64_t begin, std::int64_t end) {
                                        samplePlaces(task, input->data<T>(), grid->data<G>(),
                                                     output->mutableData<T>(), begin, end);
                                    });
                return {};
            });
        });
    });
}

} // namespace

OpList grid_sample()
{
    return {{.name = "GridSample",
             .firstVersion = 16,
             .lastVersion = newestOpset,
             .doc = "Samples a tensor at the places that a grid gives (GridSample-16, -20, -22).",
             .category = OpCategory::Tensor,
             .minInputs = 2,
             .maxInputs = 2,
             .infer = infer,
             .kernel = kernel}};
}

} // namespace orrery::ops
