#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// The one place that includes ONNX's protobuf classes, and what all conversions share. The classes are those
// of the installed libonnx; fields of newer ONNX versions arrive as unknown fields, which protobuf keeps.
// What a Graph does not model travels as "extra": the message, serialized, after the modelled fields were
// cleared. Only fields that hold something are cleared, so "set but empty" survives, too.

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace orrery::formats {

// Fields that are newer than libonnx's classes.
namespace newer {
constexpr int nodeOverload = 8;
constexpr int nodeMetadata = 9;
constexpr int graphMetadata = 16;
constexpr int functionAttributeDefaults = 11;
constexpr int functionOverload = 13;
} // namespace newer

// A field of our own in an "extra", never in a file: remembers how the file encoded what is modelled.
constexpr int markerField = 536'870'911;

void silenceProtobuf(); // its log goes to stderr otherwise

void setMarker(google::protobuf::Message& message, std::uint64_t value);
std::optional<std::uint64_t> takeMarker(google::protobuf::Message& message); // removes it

std::string serialized(const google::protobuf::Message& message);
bool parseExtra(google::protobuf::Message& message, const std::string& extra);

// The last string-like unknown field of that number.
std::optional<std::string> unknownString(const google::protobuf::Message& message, int field);
void setUnknownString(google::protobuf::Message& message, int field, std::string value);

} // namespace orrery::formats
