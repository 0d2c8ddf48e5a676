// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/tensor_file.h"

#include "engine/base/text.h"
#include "engine/formats/file_io.h"
#include "engine/formats/onnx_proto.h"
#include "engine/formats/tensor_proto.h"
#include "engine/formats/wire_check.h"

#include <climits>
#include <exception>

namespace orrery::formats {
namespace {

// SequenceProto and OptionalProto: name = 1 (text), elem_type = 2, value(s) = 3 (messages); in a TensorProto
// field 1 holds dims, nearly always as plain numbers, and 3 a segment of two numbers.
bool looksLikeContainer(const onnx::TensorProto& proto)
{
    bool data = proto.has_raw_data() || proto.float_data_size() > 0 || proto.int32_data_size() > 0 ||
                proto.int64_data_size() > 0 || proto.double_data_size() > 0 || proto.uint64_data_size() > 0 ||
                proto.string_data_size() > 0 || proto.external_data_size() > 0;
    if (data)
        return false;
    bool oddSegment = proto.has_segment() && (!proto.segment().has_begin() || !proto.segment().has_end() ||
                                              !proto.segment().unknown_fields().empty());
    auto size = graph::byteSizeOf(graph::DataType::UInt8, {proto.dims().begin(), proto.dims().end()});
    return oddSegment || !size || *size > 0;
}

Result<graph::Tensor> tensorFromPb(const std::string& path, const std::string& bytes)
{
    silenceProtobuf();
    if (bytes.size() > INT_MAX)
        return Error{ErrorCode::LimitReached, "a TensorProto cannot have more than 2 GiB", {}};
    ReadLimits limits;
    onnx::TensorProto proto;
    auto damaged = checkWire(bytes, limits, WireRoot::Tensor);
    bool parsed = proto.ParsePartialFromString(bytes);
    if (!bytes.empty() && (!parsed || (bytes[0] == '\x0a' && looksLikeContainer(proto)))) {
        if (bytes[0] == '\x0a' && (damaged.ok() || !parsed))
            return Error{ErrorCode::Unsupported,
                         "it looks like a SequenceProto or OptionalProto; only single tensors can be read",
                         {}};
    }
    TRY(std::move(damaged));
    if (!parsed || proto.data_type() == 0)
        return Error{ErrorCode::BadFile,
                     "expected a TensorProto or a NumPy array, found " +
                         describeContent(std::string_view(bytes).substr(0, 4096)),
                     {}};
    ExternalFiles files(folderOf(path));
    std::string what =
        proto.name().empty() ? "the tensor" : "tensor \"" + displayText(proto.name(), 200) + "\"";
    LoadedTensor loaded = TRY(takeTensor(proto, limits, files, what));
    if (loaded.unknownType)
        return Error{ErrorCode::Unsupported,
                     "element type " + std::to_string(proto.data_type()) + " is not known", what};
    return std::move(loaded.tensor);
}

Error located(Error error, const std::string& path)
{
    std::string file = displayText(path);
    if (error.where != file)
        error.where = error.where.empty() ? file : file + ": " + error.where;
    return error;
}

} // namespace

Result<graph::Tensor> readTensor(const std::string& path, std::int64_t maxBytes)
{
    try {
        std::string bytes = TRY(readFile(path, maxBytes));
        auto tensor = bytes.starts_with("\x93NUMPY") ? tensorFromNpy(bytes) : tensorFromPb(path, bytes);
        if (!tensor.ok())
            return located(tensor.releaseError(), path);
        return tensor;
    } catch (const std::exception&) {
        return Error{ErrorCode::LimitReached, "not enough memory", displayText(path)};
    }
}

Result<void> writeTensor(const graph::Tensor& tensor, const std::string& path, const std::string& name)
{
    try {
        if (path.ends_with(".npy"))
            return replaceFile(path, TRY(npyFromTensor(tensor)));
        if (!path.ends_with(".pb"))
            return Error{ErrorCode::Usage, "expected a file name that ends in .npy or .pb",
                         displayText(path)};
        onnx::TensorProto proto;
        if (!name.empty())
            proto.set_name(name);
        TRY(fillTensorProto(proto, tensor, nullptr));
        if (proto.ByteSizeLong() > INT_MAX)
            return Error{ErrorCode::LimitReached,
                         "a TensorProto cannot have more than 2 GiB; write an .npy file", displayText(path)};
        return replaceFile(path, proto.SerializePartialAsString());
    } catch (const std::exception&) {
        return Error{ErrorCode::LimitReached, "not enough memory", displayText(path)};
    }
}

} // namespace orrery::formats
