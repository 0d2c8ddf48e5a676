// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/tensor_file.h"

#include "engine/base/text.h"
#include "engine/formats/file_io.h"
#include "engine/formats/onnx_proto.h"
#include "engine/formats/tensor_proto.h"
#include "engine/formats/wire_check.h"

#include <algorithm>
#include <climits>
#include <exception>

namespace orrery::formats {
namespace {

// SequenceProto and OptionalProto: name = 1 (text), elem_type = 2, value(s) = 3 and up (messages). Read as a
// TensorProto, the name becomes packed dims and field 3 a segment, and the sizes cannot agree.
bool looksLikeContainer(std::string_view bytes, const onnx::TensorProto& proto)
{
    if (proto.has_segment())
        return true;
    if (bytes.size() < 3 || bytes[0] != '\x0a')
        return false;
    auto length = static_cast<unsigned char>(bytes[1]);
    if (length >= 0x80 || length == 0 || bytes.size() - 2 < length)
        return false;
    std::string_view name = bytes.substr(2, length);
    return std::all_of(name.begin(), name.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

Result<graph::Tensor> tensorFromProto(const std::string& path, const std::string& bytes,
                                      onnx::TensorProto& proto)
{
    ReadLimits limits;
    TRY(checkWire(bytes, limits, WireRoot::Tensor));
    if (!proto.ParsePartialFromString(bytes) || proto.data_type() == 0)
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

Result<graph::Tensor> tensorFromPb(const std::string& path, const std::string& bytes)
{
    silenceProtobuf();
    if (bytes.size() > INT_MAX)
        return Error{ErrorCode::LimitReached, "a TensorProto cannot have more than 2 GiB", {}};
    onnx::TensorProto proto;
    auto tensor = tensorFromProto(path, bytes, proto);
    if (!tensor.ok() && tensor.error().code == ErrorCode::BadFile && looksLikeContainer(bytes, proto))
        return Error{ErrorCode::Unsupported,
                     "it looks like a SequenceProto or OptionalProto; only single tensors can be read",
                     {}};
    return tensor;
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

Result<std::string> tensorFileBytes(const graph::Tensor& tensor, const std::string& path,
                                    const std::string& name)
{
    try {
        if (path.ends_with(".npy"))
            return npyFromTensor(tensor);
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
        return proto.SerializePartialAsString();
    } catch (const std::exception&) {
        return Error{ErrorCode::LimitReached, "not enough memory", displayText(path)};
    }
}

Result<void> writeTensor(const graph::Tensor& tensor, const std::string& path, const std::string& name)
{
    return replaceFile(path, TRY(tensorFileBytes(tensor, path, name)));
}

} // namespace orrery::formats
