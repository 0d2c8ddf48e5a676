// SPDX-License-Identifier: Apache-2.0
#include "views/tensor_view/number_format.h"

#include "engine/base/text.h"
#include "engine/debug/tensor_statistics.h"
#include "engine/ops/math/convert.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <optional>

namespace orrery::tensor_view {
namespace {

using graph::DataType;
using graph::Tensor;

constexpr std::size_t mostCopiedBytes = std::size_t(1) << 30;

template<class T>
T loaded(const Tensor& tensor, std::int64_t place)
{
    T value;
    std::memcpy(&value, tensor.bytes() + std::size_t(place) * sizeof(T), sizeof(T));
    return value;
}

std::string hexText(const Tensor& tensor, std::int64_t flat)
{
    const std::size_t bits = graph::elementBits(tensor.type());
    if (bits == 4) {
        const auto pair = unsigned(tensor.bytes()[flat / 2]);
        return fmt::format("{:x}", flat % 2 == 0 ? pair & 0xf : pair >> 4);
    }
    std::string text;
    for (std::size_t i = bits / 8; i-- > 0;) // stored low byte first
        text += fmt::format("{:02x}", unsigned(tensor.bytes()[std::size_t(flat) * (bits / 8) + i]));
    return text;
}

std::string complexText(double real, double imaginary, NumberFormat format)
{
    std::string text = numberText(real, format);
    if (!std::signbit(imaginary))
        text += '+';
    return text + numberText(imaginary, format) + "i";
}

std::string integerText(const Tensor& tensor, std::int64_t flat)
{
    switch (tensor.type()) {
    case DataType::Int64:
        return std::to_string(loaded<std::int64_t>(tensor, flat));
    case DataType::UInt64:
        return std::to_string(loaded<std::uint64_t>(tensor, flat));
    default: // fits a double
        return fmt::format("{:.0f}", debug::element(tensor, flat));
    }
}

template<class T>
std::optional<T> parsed(std::string_view text)
{
    T value{};
    if (text.starts_with('+'))
        text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return {};
    return value;
}

// The element as it is stored, 8 bytes at most; empty: the text is none.
Result<std::vector<std::byte>> encoded(DataType type, std::string_view text)
{
    const std::size_t size = graph::elementBytes(type);
    std::vector<std::byte> bytes(size);
    const auto none = [&] {
        return Error{ErrorCode::Usage,
                     fmt::format("\"{}\" is no {} number", displayText(text, 60), graph::name(type)),
                     {}};
    };
    if (type == DataType::Bool) {
        if (text != "true" && text != "false" && text != "0" && text != "1")
            return Error{ErrorCode::Usage, "expected true or false", {}};
        bytes[0] = std::byte(text == "true" || text == "1");
        return bytes;
    }
    if (graph::isInteger(type)) {
        const bool isUnsigned = type == DataType::UInt8 || type == DataType::UInt16 ||
                                type == DataType::UInt32 || type == DataType::UInt64;
        const std::size_t bits = graph::elementBits(type);
        if (isUnsigned) {
            const auto value = parsed<std::uint64_t>(text);
            if (!value || (bits < 64 && *value >> bits != 0))
                return none();
            std::memcpy(bytes.data(), &*value, size);
        } else {
            const auto value = parsed<std::int64_t>(text);
            if (!value || (bits < 64 && (*value >= std::int64_t(1) << (bits - 1) ||
                                         *value < -(std::int64_t(1) << (bits - 1)))))
                return none();
            std::memcpy(bytes.data(), &*value, size);
        }
        return bytes;
    }
    const auto value = parsed<double>(text);
    if (!value)
        return none();
    ops::convertElements(DataType::Float64, reinterpret_cast<const std::byte*>(&*value), type, bytes.data(),
                         1);
    return bytes;
}

} // namespace

std::string numberText(double value, NumberFormat format)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "Inf" : "-Inf";
    switch (format.notation) {
    case Notation::Fixed:
        return fmt::format("{:.{}f}", value, format.digits);
    case Notation::Scientific:
        return fmt::format("{:.{}e}", value, format.digits);
    case Notation::General:
    case Notation::Hex:
        return fmt::format("{:.{}g}", value, std::max(1, format.digits));
    }
    return {};
}

std::string elementText(const Tensor& tensor, std::int64_t flat, NumberFormat format)
{
    const DataType type = tensor.type();
    if (type == DataType::String)
        return '"' + displayText(tensor.strings()[std::size_t(flat)], 400) + '"';
    if (tensor.bytes() == nullptr)
        return "not loaded";
    if (format.notation == Notation::Hex)
        return hexText(tensor, flat);
    if (type == DataType::Bool)
        return debug::element(tensor, flat) != 0 ? "true" : "false";
    if (type == DataType::Complex64)
        return complexText(double(loaded<float>(tensor, 2 * flat)),
                           double(loaded<float>(tensor, 2 * flat + 1)), format);
    if (type == DataType::Complex128)
        return complexText(loaded<double>(tensor, 2 * flat), loaded<double>(tensor, 2 * flat + 1), format);
    if (graph::isInteger(type))
        return integerText(tensor, flat);
    return numberText(debug::element(tensor, flat), format);
}

Result<Tensor> withElement(const Tensor& tensor, std::int64_t flat, std::string_view text)
{
    if (flat < 0 || flat >= tensor.elementCount())
        return Error{ErrorCode::Usage, fmt::format("the tensor has no element {}", flat), {}};
    if (tensor.type() == DataType::String) {
        if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
            text = text.substr(1, text.size() - 2);
        std::vector<std::string> strings = tensor.strings();
        strings[std::size_t(flat)] = std::string(text);
        return Tensor::ofStrings(tensor.dims(), std::move(strings));
    }
    if (tensor.bytes() == nullptr)
        return Error{ErrorCode::Usage, "the tensor's bytes were not loaded", {}};
    if (!ops::isConvertible(tensor.type()))
        return Error{ErrorCode::Unsupported,
                     fmt::format("elements of type {} cannot be typed in; set the whole value instead",
                                 graph::name(tensor.type())),
                     {}};
    if (tensor.byteSize() > mostCopiedBytes)
        return Error{ErrorCode::LimitReached,
                     fmt::format("changing one element copies the tensor, and {} are too many",
                                 formatBytes(std::int64_t(tensor.byteSize()))),
                     {}};
    const std::vector<std::byte> element = TRY(encoded(tensor.type(), text));
    Tensor changed = TRY(Tensor::allocate(tensor.type(), tensor.dims()));
    std::memcpy(changed.mutableBytes(), tensor.bytes(), tensor.byteSize());
    std::memcpy(changed.mutableBytes() + std::size_t(flat) * element.size(), element.data(), element.size());
    return changed;
}

} // namespace orrery::tensor_view
