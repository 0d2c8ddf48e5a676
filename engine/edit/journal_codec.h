#pragma once
// SPDX-License-Identifier: Apache-2.0
//
// Edits as bytes and back: all fields, tensors with all bytes that they have. Bytes are hostile: what does
// not decode to the last byte is refused, and nothing takes more memory than a small multiple of its length.

#include "engine/edit/kept_bytes.h"
#include "engine/edit/numbering.h"

#include <cstddef>
#include <span>

namespace orrery::edit {

struct UndoRecord {};
struct RedoRecord {};
// An edit is written before it is applied; one that was refused is refused again. A Start comes first or not
// at all.
using JournalRecord = std::variant<graph::Edit, UndoRecord, RedoRecord, Start, KeptBytes>;

std::vector<std::byte> encode(const JournalRecord& record);
Result<JournalRecord> decode(std::span<const std::byte> bytes); // BadFile

} // namespace orrery::edit
