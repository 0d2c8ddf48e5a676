// SPDX-License-Identifier: Apache-2.0
//
// The ONNX text format: .onnxtxt. Its grammar is in README.md.
#include "engine/base/text.h"
#include "engine/formats/external_data.h"
#include "engine/formats/file_io.h"
#include "engine/formats/onnx_proto.h"
#include "engine/formats/onnx_reader.h"
#include "engine/formats/onnx_writer.h"
#include "engine/formats/text_parser.h"
#include "engine/formats/text_writer.h"

#include <algorithm>

namespace orrery::formats {
namespace {

constexpr std::string_view extensions[] = {".onnxtxt", ".onnx.txt", ".onnxtext"};

// Text with the format's extension, or "<" and one of the properties of a model.
bool looksLikeText(std::string_view bytes, std::string_view fileName)
{
    bool printable = std::all_of(bytes.begin(), bytes.end(), [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 || (c >= '\t' && c <= '\r');
    });
    if (!printable || bytes.empty())
        return false;
    for (std::string_view extension : extensions)
        if (fileName.ends_with(extension))
            return true;
    auto skipSpace = [&] { bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size())); };
    skipSpace();
    while (bytes.starts_with('#')) {
        bytes.remove_prefix(std::min(bytes.find('\n'), bytes.size()));
        skipSpace();
    }
    if (!bytes.starts_with('<'))
        return false;
    bytes.remove_prefix(1);
    skipSpace();
    return bytes.starts_with("ir_version") || bytes.starts_with("opset_import") ||
           bytes.starts_with("producer_name");
}

Result<graph::Model> readText(ReadRequest request)
{
    silenceProtobuf();
    if (static_cast<std::int64_t>(request.bytes.size()) > request.limits.textBytes)
        return Error{ErrorCode::LimitReached,
                     "the text has " + formatBytes(static_cast<std::int64_t>(request.bytes.size())) +
                         ", at most " + formatBytes(request.limits.textBytes) + " are read",
                     {}};
    onnx::ModelProto proto;
    TRY(parseText(request.bytes, request.limits, proto));
    return modelFromProto(proto, request.limits,
                          request.path.empty() ? std::string() : folderOf(request.path));
}

Result<void> writeText(const graph::Model& model, const std::string& path, std::vector<Problem>& problems)
{
    silenceProtobuf();
    onnx::ModelProto proto;
    TRY(modelToProto(model, ExternalReferences::Inline, proto));
    std::string dataName = fileNameOf(path) + ".bin";
    WrittenText written = TRY(textFromProto(proto, dataName));
    proto.Clear();
    if (!written.data.empty()) {
        if (std::string why = whyLocationRefused(dataName); !why.empty())
            return Error{ErrorCode::Usage,
                         "its tensors cannot be written to \"" + displayText(dataName, 200) + "\": " + why,
                         {}};
        std::string folder = folderOf(path);
        TRY(replaceFile(folder + "/" + dataName, written.data));
    }
    problems.insert(problems.end(), written.problems.begin(), written.problems.end());
    return replaceFile(path, written.text);
}

} // namespace

FormatSpec onnx_text()
{
    FormatSpec spec;
    spec.name = "onnx_text";
    spec.title = "ONNX text";
    spec.extensions.assign(std::begin(extensions), std::end(extensions));
    spec.sniff = looksLikeText;
    spec.read = readText;
    spec.write = writeText;
    return spec;
}

} // namespace orrery::formats
