// SPDX-License-Identifier: Apache-2.0
#include "engine/formats/onnx_proto.h"

#include <google/protobuf/stubs/logging.h>

namespace orrery::formats {

using google::protobuf::Message;
using google::protobuf::UnknownField;
using google::protobuf::UnknownFieldSet;

void silenceProtobuf()
{
    [[maybe_unused]] static const auto previous = google::protobuf::SetLogHandler(nullptr);
}

void setMarker(Message& message, std::uint64_t value)
{
    message.GetReflection()->MutableUnknownFields(&message)->AddVarint(markerField, value);
}

std::optional<std::uint64_t> takeMarker(Message& message)
{
    const UnknownFieldSet& fields = message.GetReflection()->GetUnknownFields(message);
    if (fields.empty())
        return std::nullopt;
    // Ours is the last one: a file may hold a field of that number, too.
    int last = fields.field_count() - 1;
    const UnknownField& field = fields.field(last);
    if (field.number() != markerField || field.type() != UnknownField::TYPE_VARINT)
        return std::nullopt;
    std::uint64_t value = field.varint();
    message.GetReflection()->MutableUnknownFields(&message)->DeleteSubrange(last, 1);
    return value;
}

std::string serialized(const Message& message)
{
    std::string bytes;
    if (!message.SerializePartialToString(&bytes))
        bytes.clear();
    return bytes;
}

bool parseExtra(Message& message, const std::string& extra)
{
    return extra.empty() || message.ParsePartialFromString(extra);
}

std::optional<std::string> unknownString(const Message& message, int number)
{
    const UnknownFieldSet& fields = message.GetReflection()->GetUnknownFields(message);
    for (int i = fields.field_count() - 1; i >= 0; --i)
        if (fields.field(i).number() == number &&
            fields.field(i).type() == UnknownField::TYPE_LENGTH_DELIMITED)
            return fields.field(i).length_delimited();
    return std::nullopt;
}

void setUnknownString(Message& message, int number, std::string value)
{
    UnknownFieldSet* fields = message.GetReflection()->MutableUnknownFields(&message);
    fields->DeleteByNumber(number);
    if (!value.empty())
        fields->AddLengthDelimited(number, value);
}

} // namespace orrery::formats
