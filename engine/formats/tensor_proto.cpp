// SPDX-License-Identifier: Apache-2.0
//
// ONNX stores a tensor's elements either as raw little-endian bytes or in one of six typed lists, shared by
// several element types: int32_data holds every integer up to 32 bits, the bit patterns of the 8- and 16-bit
// floats, and bytes of two 4-bit elements; float_data and double_data also hold complex pairs. Unit below is
// what one list entry becomes in bytes.
#include "engine/formats/tensor_proto.h"

#include "engine/base/checked_math.h"
#include "engine/base/text.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

namespace orrery::formats {
namespace {

using graph::DataType;
using graph::Dims;
using graph::Tensor;

// Field numbers of TensorProto; they are the marker's values. 0: no data field at all.
enum Field : std::uint64_t {
    NoField = 0,
    FloatData = 4,
    Int32Data = 5,
    StringData = 6,
    Int64Data = 7,
    RawData = 9,
    DoubleData = 10,
    UInt64Data = 11
};

struct Storage {
    Field field;
    std::size_t unit; // bytes of the tensor that one entry stands for
};

Storage storageOf(DataType type)
{
    switch (type) {
    case DataType::Float32:
    case DataType::Complex64:
        return {FloatData, 4};
    case DataType::Float64:
    case DataType::Complex128:
        return {DoubleData, 8};
    case DataType::Int64:
        return {Int64Data, 8};
    case DataType::UInt32:
        return {UInt64Data, 4};
    case DataType::UInt64:
        return {UInt64Data, 8};
    case DataType::String:
        return {StringData, 0};
    case DataType::Int32:
        return {Int32Data, 4};
    case DataType::Int16:
    case DataType::UInt16:
    case DataType::Float16:
    case DataType::BFloat16:
        return {Int32Data, 2};
    default:
        return {Int32Data, 1};
    }
}

// Lists that hold something, by field number.
std::vector<Field> filledFields(const onnx::TensorProto& proto)
{
    std::vector<Field> fields;
    if (proto.float_data_size() > 0)
        fields.push_back(FloatData);
    if (proto.int32_data_size() > 0)
        fields.push_back(Int32Data);
    if (proto.string_data_size() > 0)
        fields.push_back(StringData);
    if (proto.int64_data_size() > 0)
        fields.push_back(Int64Data);
    if (proto.double_data_size() > 0)
        fields.push_back(DoubleData);
    if (proto.uint64_data_size() > 0)
        fields.push_back(UInt64Data);
    if (proto.has_raw_data())
        fields.push_back(RawData);
    return fields;
}

const char* fieldName(Field field)
{
    switch (field) {
    case FloatData:
        return "float_data";
    case Int32Data:
        return "int32_data";
    case StringData:
        return "string_data";
    case Int64Data:
        return "int64_data";
    case DoubleData:
        return "double_data";
    case UInt64Data:
        return "uint64_data";
    default:
        return "raw_data";
    }
}

// Copies list entries into the tensor's bytes; false where one does not fit into `unit` bytes.
template<class Entries>
bool pack(const Entries& entries, std::size_t unit, bool isSigned, std::byte* out)
{
    using Entry = std::decay_t<decltype(entries.Get(0))>;
    if (unit == sizeof(Entry)) {
        if (!entries.empty())
            std::memcpy(out, entries.data(), sizeof(Entry) * static_cast<std::size_t>(entries.size()));
        return true;
    }
    if constexpr (std::is_integral_v<Entry>) {
        auto bits = static_cast<int>(unit * 8);
        for (int i = 0; i < entries.size(); ++i) {
            auto wide = static_cast<std::int64_t>(entries.Get(i));
            std::int64_t low = isSigned ? -(std::int64_t(1) << (bits - 1)) : 0;
            std::int64_t high = (std::int64_t(1) << (isSigned ? bits - 1 : bits)) - 1;
            if (wide < low || wide > high)
                return false;
            std::memcpy(out + static_cast<std::size_t>(i) * unit, &wide, unit);
        }
        return true;
    }
    return false;
}

template<class Entries>
void unpack(const std::byte* bytes, std::size_t count, std::size_t unit, bool isSigned, Entries& out)
{
    using Entry = std::decay_t<decltype(out.Get(0))>;
    out.Resize(static_cast<int>(count), Entry());
    for (std::size_t i = 0; i < count; ++i) {
        Entry entry{};
        std::memcpy(&entry, bytes + i * unit, unit);
        if constexpr (std::is_integral_v<Entry>)
            if (isSigned && unit < sizeof(Entry)) {
                auto shift = static_cast<int>((sizeof(Entry) - unit) * 8);
                entry = static_cast<Entry>(static_cast<std::make_signed_t<Entry>>(entry << shift) >> shift);
            }
        out.Set(static_cast<int>(i), entry);
    }
}

bool isSignedStorage(DataType type) { return type == DataType::Int8 || type == DataType::Int16; }

std::size_t entryCount(const onnx::TensorProto& proto, Field field)
{
    switch (field) {
    case FloatData:
        return static_cast<std::size_t>(proto.float_data_size());
    case Int32Data:
        return static_cast<std::size_t>(proto.int32_data_size());
    case StringData:
        return static_cast<std::size_t>(proto.string_data_size());
    case Int64Data:
        return static_cast<std::size_t>(proto.int64_data_size());
    case DoubleData:
        return static_cast<std::size_t>(proto.double_data_size());
    case UInt64Data:
        return static_cast<std::size_t>(proto.uint64_data_size());
    default:
        return 0;
    }
}

Error bad(const std::string& what, const std::string& message)
{
    return Error{ErrorCode::BadFile, message, what};
}

Result<Tensor> fromRaw(onnx::TensorProto& proto, DataType type, const Dims& dims, std::size_t bytes)
{
    std::shared_ptr<std::string> raw(proto.release_raw_data());
    auto* data = reinterpret_cast<std::byte*>(raw->data());
    std::size_t alignment = std::min<std::size_t>(std::max<std::size_t>(graph::elementBytes(type), 1), 8);
    if (reinterpret_cast<std::uintptr_t>(data) % alignment == 0)
        return Tensor::borrow(type, dims, data, raw);
    Tensor tensor = TRY(Tensor::allocate(type, dims));
    std::memcpy(tensor.mutableBytes(), data, bytes);
    return tensor;
}

Result<Tensor> fromEntries(const onnx::TensorProto& proto, DataType type, const Dims& dims, Storage storage,
                           const std::string& what)
{
    if (type == DataType::String)
        return Tensor::ofStrings(dims, {proto.string_data().begin(), proto.string_data().end()});
    Tensor tensor = TRY(Tensor::allocate(type, dims));
    bool isSigned = isSignedStorage(type);
    std::byte* out = tensor.mutableBytes();
    bool fits = true;
    if (storage.field == FloatData)
        fits = pack(proto.float_data(), storage.unit, isSigned, out);
    else if (storage.field == DoubleData)
        fits = pack(proto.double_data(), storage.unit, isSigned, out);
    else if (storage.field == Int64Data)
        fits = pack(proto.int64_data(), storage.unit, isSigned, out);
    else if (storage.field == UInt64Data)
        fits = pack(proto.uint64_data(), storage.unit, isSigned, out);
    else
        fits = pack(proto.int32_data(), storage.unit, isSigned, out);
    if (!fits)
        return bad(what, fmt::format("{} holds an element that does not fit into {}",
                                     fieldName(storage.field), graph::name(type)));
    return tensor;
}

Result<Tensor> readExternal(const graph::ExternalData& external, DataType type, const Dims& dims,
                            std::size_t bytes, const ReadLimits& limits, ExternalFiles& files,
                            const std::string& what)
{
    if (type == DataType::String)
        return bad(what, "strings cannot be external data");
    if (std::string why = whyLocationRefused(external.location); !why.empty())
        return bad(what, fmt::format("external data \"{}\" is refused: {}",
                                     displayText(external.location, 200), why));
    if (limits.external == ExternalTensors::Describe)
        return Tensor::borrow(type, dims, nullptr);
    auto range = files.read(external, bytes);
    if (!range.ok()) {
        Error error = range.releaseError();
        error.where = what;
        return error;
    }
    return Tensor::borrow(type, dims, range->data, range->owner);
}

} // namespace

Result<LoadedTensor> takeTensor(onnx::TensorProto& proto, const ReadLimits& limits, ExternalFiles& files,
                                const std::string& what)
{
    LoadedTensor loaded;
    auto known = graph::dataTypeFromOnnx(proto.data_type());
    if (!known || *known == DataType::Undefined) {
        loaded.unknownType = true;
        return loaded;
    }
    DataType type = *known;
    if (proto.dims_size() > limits.rank)
        return bad(what, fmt::format("rank {} is beyond the limit of {}", proto.dims_size(), limits.rank));
    Dims dims(proto.dims().begin(), proto.dims().end());
    auto count = checkedElementCount(dims);
    auto size = graph::byteSizeOf(type, dims);
    if (!count || !size)
        return bad(what,
                   fmt::format("dims {} are negative or overflow", displayText(fmt::format("{}", fmt::join(dims, "×")), 200)));

    std::vector<Field> fields = filledFields(proto);
    Storage storage = storageOf(type);
    if (proto.data_location() == onnx::TensorProto::EXTERNAL) {
        if (!fields.empty())
            return bad(what, fmt::format("it has external data and {}; expected one of them",
                                         fieldName(fields.front())));
        graph::Metadata entries;
        for (const auto& entry : proto.external_data())
            entries.emplace_back(entry.key(), entry.value());
        auto external = parseExternalData(std::move(entries));
        if (!external.ok())
            return bad(what, external.error().message);
        loaded.tensor = TRY(readExternal(*external, type, dims, *size, limits, files, what));
        loaded.external = external.releaseValue();
        proto.clear_data_location();
        proto.clear_external_data();
        proto.clear_dims();
        proto.clear_data_type();
        return loaded;
    }
    if (fields.size() > 1)
        return bad(what, fmt::format("it has {} and {}; expected one of them", fieldName(fields[0]),
                                     fieldName(fields[1])));
    Field field = fields.empty() ? NoField : fields.front();
    if (field == RawData && type == DataType::String)
        return bad(what, "strings cannot be raw data");
    if (field == RawData && proto.raw_data().size() != *size)
        return bad(what,
                   fmt::format("it declares {} {} elements ({}), which are {} bytes; the file holds {} bytes",
                               *count, graph::name(type), displayText(graph::dimsText(dims), 200), *size,
                               proto.raw_data().size()));
    if (field != RawData) {
        if (field != NoField && field != storage.field)
            return bad(what, fmt::format("{} elements are expected in {}, found {}", graph::name(type),
                                         fieldName(storage.field), fieldName(field)));
        std::size_t expected =
            type == DataType::String ? static_cast<std::size_t>(*count) : *size / storage.unit;
        if (entryCount(proto, field) != expected)
            return bad(what,
                       fmt::format("it declares {} {} elements ({}); the file holds {} entries, expected {}",
                                   *count, graph::name(type), displayText(graph::dimsText(dims), 200),
                                   entryCount(proto, field), expected));
    }
    loaded.tensor = field == RawData ? TRY(fromRaw(proto, type, dims, *size))
                                     : TRY(fromEntries(proto, type, dims, storage, what));
    proto.clear_dims();
    proto.clear_data_type();
    proto.clear_float_data();
    proto.clear_int32_data();
    proto.clear_string_data();
    proto.clear_int64_data();
    proto.clear_double_data();
    proto.clear_uint64_data();
    proto.clear_raw_data();
    if (field != RawData)
        setMarker(proto, field);
    return loaded;
}

Result<void> fillTensorProto(onnx::TensorProto& proto, const Tensor& tensor,
                             const graph::ExternalData* external)
{
    auto marker = takeMarker(proto);
    if (!tensor.defined())
        return {}; // an unknown element type: everything stayed in the proto
    proto.set_data_type(static_cast<int>(tensor.type()));
    for (std::int64_t dim : tensor.dims())
        proto.add_dims(dim);
    if (external != nullptr) {
        for (const auto& [key, value] : external->entries) {
            auto* entry = proto.add_external_data();
            entry->set_key(key);
            entry->set_value(value);
        }
        proto.set_data_location(onnx::TensorProto::EXTERNAL);
        return {};
    }
    if (tensor.type() == DataType::String) {
        for (const std::string& text : tensor.strings())
            proto.add_string_data(text);
        return {};
    }
    if (tensor.bytes() == nullptr && tensor.byteSize() > 0)
        return Error{ErrorCode::Unsupported, "its bytes were not loaded, so they cannot be written", {}};
    Storage storage = storageOf(tensor.type());
    std::size_t size = tensor.byteSize();
    if (marker.value_or(RawData) != storage.field || size / storage.unit > INT_MAX) {
        if (marker.value_or(RawData) == RawData || size > 0)
            proto.set_raw_data(tensor.bytes(), size);
        return {};
    }
    bool isSigned = isSignedStorage(tensor.type());
    std::size_t count = size / storage.unit;
    if (storage.field == FloatData)
        unpack(tensor.bytes(), count, storage.unit, isSigned, *proto.mutable_float_data());
    else if (storage.field == DoubleData)
        unpack(tensor.bytes(), count, storage.unit, isSigned, *proto.mutable_double_data());
    else if (storage.field == Int64Data)
        unpack(tensor.bytes(), count, storage.unit, isSigned, *proto.mutable_int64_data());
    else if (storage.field == UInt64Data)
        unpack(tensor.bytes(), count, storage.unit, isSigned, *proto.mutable_uint64_data());
    else
        unpack(tensor.bytes(), count, storage.unit, isSigned, *proto.mutable_int32_data());
    return {};
}

} // namespace orrery::formats
