// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/model_text.h"

#include "engine/base/text.h"
#include "engine/formats/onnx_proto.h"
#include "engine/formats/onnx_reader.h"
#include "engine/formats/onnx_writer.h"
#include "engine/formats/text_parser.h"
#include "engine/formats/text_writer.h"

#include <charconv>

namespace orrery::formats {

bool hasTextForm(const graph::Tensor& tensor, std::int64_t inlineElements)
{
    if (tensor.type() == graph::DataType::String) // which a file holds inline at any size
        return tensor.elementCount() <= inlineElements;
    return (tensor.bytes() != nullptr || tensor.elementCount() == 0) && fitsInline(tensor, inlineElements);
}

Result<std::string> textOf(const graph::Model& model, const TextOptions& options,
                           std::vector<Problem>* problems)
{
    silenceProtobuf();
    onnx::ModelProto proto;
    TRY(modelToProto(model, ExternalReferences::Inline, proto));
    WrittenText written = TRY(textFromProto(proto, "tensors.bin", options.inlineElements));
    if (!written.data.empty())
        return Error{ErrorCode::Unsupported,
                     "some of its tensors are too large for text, or of a type that has no written form",
                     {}};
    if (problems != nullptr)
        problems->insert(problems->end(), written.problems.begin(), written.problems.end());
    return std::move(written.text);
}

Result<TextModel> modelFromText(std::string_view text, const ReadLimits& limits)
{
    silenceProtobuf();
    if (static_cast<std::int64_t>(text.size()) > limits.textBytes)
        return Error{ErrorCode::LimitReached,
                     "the text has " + formatBytes(static_cast<std::int64_t>(text.size())) + ", at most " +
                         formatBytes(limits.textBytes) + " are read",
                     {}};
    TextModel result;
    onnx::ModelProto proto;
    TRY(parseTextPiece(text, limits, proto, result.nodeOffsets));
    result.model = TRY(modelFromProto(proto, limits, std::string()));
    result.model.format = "onnx_text";
    return result;
}

std::optional<TextPlace> placeInText(const Error& error)
{
    constexpr std::string_view line = "line ", column = ", column ";
    const std::string_view where = error.where;
    if (!where.starts_with(line))
        return std::nullopt;
    TextPlace place;
    const char* end = where.data() + where.size();
    auto [next, failed] = std::from_chars(where.data() + line.size(), end, place.line);
    if (failed != std::errc() || !std::string_view(next, std::size_t(end - next)).starts_with(column))
        return std::nullopt;
    if (std::from_chars(next + column.size(), end, place.column).ec != std::errc())
        return std::nullopt;
    return place;
}

} // namespace orrery::formats
