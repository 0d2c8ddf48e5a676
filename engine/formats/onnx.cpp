// SPDX-License-Identifier: Apache-2.0
//
// The ONNX protobuf format: .onnx, and .pb files that hold a ModelProto.
#include "engine/base/text.h"
#include "engine/formats/file_io.h"
#include "engine/formats/onnx_proto.h"
#include "engine/formats/onnx_reader.h"
#include "engine/formats/onnx_writer.h"
#include "engine/formats/wire_check.h"

#include <google/protobuf/io/coded_stream.h>

#include <climits>

namespace orrery::formats {
namespace {

// A ModelProto starts with a small field: ir_version (08 ..), a name (12, 1a, 22, 32), opset (42) or graph
// (3a).
bool looksLikeModel(std::string_view bytes, std::string_view fileName)
{
    if (bytes.empty())
        return false;
    auto first = static_cast<unsigned char>(bytes[0]);
    if (first == 0x08 && bytes.size() > 1)
        return static_cast<unsigned char>(bytes[1]) < 0x80; // an IR version below 128
    bool other = first == 0x12 || first == 0x1a || first == 0x22 || first == 0x32 || first == 0x3a ||
                 first == 0x42 || first == 0x72;
    return other && fileName.ends_with(".onnx");
}

Result<graph::Model> readOnnx(ReadRequest request)
{
    silenceProtobuf();
    TRY(checkWire(request.bytes, request.limits));
    onnx::ModelProto proto;
    {
        google::protobuf::io::CodedInputStream stream(
            reinterpret_cast<const std::uint8_t*>(request.bytes.data()),
            static_cast<int>(request.bytes.size()));
        stream.SetRecursionLimit(request.limits.messageDepth + 1);
        if (!proto.MergePartialFromCodedStream(&stream) || !stream.ConsumedEntireMessage())
            return Error{ErrorCode::BadFile, "protobuf cannot read the file as an ONNX model", {}};
    }
    std::string().swap(request.bytes);
    if (!proto.has_graph())
        return Error{
            ErrorCode::BadFile, "expected an ONNX model, found a protobuf message without a graph", {}};
    return modelFromProto(proto, request.limits,
                          request.path.empty() ? std::string() : folderOf(request.path));
}

Result<void> writeOnnx(const graph::Model& model, const std::string& path, std::vector<Problem>&)
{
    silenceProtobuf();
    onnx::ModelProto proto;
    bool sameFolder = !model.sourcePath.empty() && isSameFolder(folderOf(model.sourcePath), folderOf(path));
    TRY(modelToProto(model, sameFolder ? ExternalReferences::Keep : ExternalReferences::Inline, proto));
    std::size_t bytes = proto.ByteSizeLong();
    if (bytes > INT_MAX)
        return Error{ErrorCode::LimitReached,
                     "the model would have " + formatBytes(static_cast<std::int64_t>(bytes)) +
                         " in one file; protobuf's limit is 2 GiB",
                     {}};
    std::string content;
    if (!proto.SerializePartialToString(&content))
        return Error{ErrorCode::Internal, "protobuf cannot write the model", {}};
    proto.Clear();
    return replaceFile(path, content);
}

} // namespace

FormatSpec onnx()
{
    FormatSpec spec;
    spec.name = "onnx";
    spec.title = "ONNX model";
    spec.extensions = {".onnx"};
    spec.sniff = looksLikeModel;
    spec.read = readOnnx;
    spec.write = writeOnnx;
    return spec;
}

} // namespace orrery::formats
