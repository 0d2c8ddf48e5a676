#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// One plane of a depthwise convolution, directly: each output row is the bias plus weighted input rows.
// Inside of a row, outputs whose whole window lies in the input are computed by a loop without conditions,
// unrolled over the usual kernel widths and strides so that it becomes vector code; the few at the borders
// one by one.

#include "engine/ops/nn/window.h"

#include <algorithm>

namespace orrery::ops {

// The outputs of a row whose whole window lies inside of the input.
inline Span wholeOutputs(const WindowAxis& axis)
{
    const Span first = insideOutputs(axis, -axis.padBegin);
    const Span last = insideOutputs(axis, (axis.kernel - 1) * axis.dilation - axis.padBegin);
    Span whole{std::max(first.begin, last.begin), std::min(first.end, last.end)};
    whole.end = std::max(whole.begin, whole.end);
    return whole;
}

template<class T>
void addBorder(const WindowAxis& axis, const T* in, const T* weight, std::int64_t begin, std::int64_t end,
               T* out)
{
    for (std::int64_t o = begin; o < end; ++o) {
        const std::int64_t start = o * axis.stride - axis.padBegin;
        const Span inside = insideKernel(axis, start);
        for (std::int64_t k = inside.begin; k < inside.end; ++k)
            out[o] += weight[k] * in[start + k * axis.dilation];
    }
}

template<int kernel, int stride, class T>
void addWhole(const WindowAxis& axis, const T* __restrict in, const T* weight, Span whole, T* __restrict out)
{
    T w[kernel];
    std::copy_n(weight, kernel, w);
    const std::int64_t dilation = axis.dilation;
    const T* start = in - axis.padBegin;
    for (std::int64_t o = whole.begin; o < whole.end; ++o) {
        T sum = out[o];
        for (int k = 0; k < kernel; ++k)
            sum += w[k] * start[o * stride + k * dilation];
        out[o] = sum;
    }
}

template<class T>
void addRow(const WindowAxis& axis, const T* in, const T* weight, Span whole, T* out)
{
    addBorder(axis, in, weight, 0, whole.begin, out);
    if (axis.kernel == 3 && axis.stride == 1)
        addWhole<3, 1>(axis, in, weight, whole, out);
    else if (axis.kernel == 3 && axis.stride == 2)
        addWhole<3, 2>(axis, in, weight, whole, out);
    else if (axis.kernel == 5 && axis.stride == 1)
        addWhole<5, 1>(axis, in, weight, whole, out);
    else if (axis.kernel == 5 && axis.stride == 2)
        addWhole<5, 2>(axis, in, weight, whole, out);
    else
        for (std::int64_t k = 0; k < axis.kernel; ++k) {
            const T w = weight[k];
            const T* __restrict from = in + k * axis.dilation - axis.padBegin;
            T* __restrict to = out;
            for (std::int64_t o = whole.begin; o < whole.end; ++o)
                to[o] += w * from[o * axis.stride];
        }
    addBorder(axis, in, weight, whole.end, axis.output, out);
}

template<class T>
void depthwisePlane(const Window& window, const T* input, const T* weight, T bias, T* output)
{
    const auto& [d, h, w] = window;
    const Span whole = wholeOutputs(w);
    for (std::int64_t od = 0; od < d.output; ++od) {
        const std::int64_t startD = od * d.stride - d.padBegin;
        const Span insideD = insideKernel(d, startD);
        for (std::int64_t oh = 0; oh < h.output; ++oh, output += w.output) {
            const std::int64_t startH = oh * h.stride - h.padBegin;
            const Span insideH = insideKernel(h, startH);
            std::fill_n(output, w.output, bias);
            for (std::int64_t kd = insideD.begin; kd < insideD.end; ++kd)
                for (std::int64_t kh = insideH.begin; kh < insideH.end; ++kh)
                    addRow(w,
                           input +
                               ((startD + kd * d.dilation) * h.input + startH + kh * h.dilation) * w.input,
                           weight + (kd * h.kernel + kh) * w.kernel, whole, output);
        }
    }
}

constexpr std::int64_t lineBlock = 32;

constexpr std::int64_t widestLine = 48; // outputs; longer rows vectorise well by themselves

// Whether planeByLine() takes this window: not when wide pads would make the frame far larger than the plane.
inline bool fitsLine(const Window& window)
{
    const auto& [d, h, w] = window;
    const double framed = static_cast<double>(h.input + h.padBegin + h.padEnd) *
                          static_cast<double>(w.input + w.padBegin + w.padEnd);
    return d.input == 1 && d.output == 1 && d.kernel == 1 && h.stride == 1 && w.stride == 1 &&
           w.output <= widestLine &&
           framed <= 4.0 * static_cast<double>(h.input * w.input + h.output * w.output) + 4096;
}

struct Line {
    std::int64_t rowLength = 0; // of the framed plane
    std::int64_t length = 0;    // of the line of results, whole blocks
    std::int64_t framed = 0;    // elements of the framed plane, and what the last block reads beyond it
};
inline Line lineOf(const Window& window)
{
    const auto& [d, h, w] = window;
    const std::int64_t reach = (w.kernel - 1) * w.dilation;
    Line line;
    line.rowLength = w.output + reach;
    line.length = (h.output * line.rowLength + lineBlock - 1) / lineBlock * lineBlock;
    line.framed = line.length + (h.kernel - 1) * h.dilation * line.rowLength + reach;
    return line;
}

// work: line.framed + line.length elements.
template<class T>
void planeByLine(const Window& window, const Line& line, const T* input, const T* weight, T bias, T* work,
                 T* output)
{
    const auto& [d, h, w] = window;
    T* framed = work;
    T* results = work + line.framed;
    std::fill_n(framed, line.framed, T(0));
    for (std::int64_t y = 0; y < h.input; ++y)
        std::copy_n(input + y * w.input, w.input, framed + (y + h.padBegin) * line.rowLength + w.padBegin);
    for (std::int64_t first = 0; first < line.length; first += lineBlock) {
        T sums[lineBlock];
        std::fill_n(sums, lineBlock, bias);
        for (std::int64_t kh = 0; kh < h.kernel; ++kh)
            for (std::int64_t kw = 0; kw < w.kernel; ++kw) {
                const T* from = framed + first + kh * h.dilation * line.rowLength + kw * w.dilation;
                const T factor = weight[kh * w.kernel + kw];
                for (std::int64_t i = 0; i < lineBlock; ++i)
                    sums[i] += factor * from[i];
            }
        std::copy_n(sums, lineBlock, results + first);
    }
    for (std::int64_t y = 0; y < h.output; ++y)
        std::copy_n(results + y * line.rowLength, w.output, output + y * w.output);
}

} // namespace orrery::ops
