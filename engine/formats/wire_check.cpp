// SPDX-License-Identifier: Apache-2.0
//
// Terms: a protobuf message is a list of (tag, payload); tag = field number << 3 | wire type; wire type 2
// carries a length and that many bytes, which are a nested message for the fields named in `children` below,
// and opaque for all others. The walk keeps an explicit stack of (message kind, end offset).
//
// Group tags (wire types 3 and 4) never occur in ONNX and are refused: they are the one construct whose end
// cannot be known without nesting.
#include "engine/formats/wire_check.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

namespace orrery::formats {
namespace {

enum Kind : std::uint8_t {
    Model,
    Graph,
    NodeKind,
    AttributeKind,
    TensorKind,
    FunctionKind,
    ValueInfo,
    Type,
    TypeTensor,
    TypeInner,
    ShapeKind,
    DimKind,
    Sparse,
    Training,
    Pair,
    Annotation,
    Opset,
    SegmentKind,
    KindCount
};

constexpr std::array<const char*, KindCount> kindNames{
    "model",         "graph",         "node",        "attribute",  "tensor",       "function",
    "value info",    "type",          "tensor type", "type",       "shape",        "dim",
    "sparse tensor", "training info", "entry",       "annotation", "opset import", "segment"};

struct Child {
    Kind parent;
    std::uint32_t field;
    Kind kind;
};

constexpr Child children[] = {
    {Model, 8, Opset},
    {Model, 7, Graph},
    {Model, 14, Pair},
    {Model, 20, Training},
    {Model, 25, FunctionKind},
    {Graph, 1, NodeKind},
    {Graph, 5, TensorKind},
    {Graph, 11, ValueInfo},
    {Graph, 12, ValueInfo},
    {Graph, 13, ValueInfo},
    {Graph, 14, Annotation},
    {Graph, 15, Sparse},
    {NodeKind, 5, AttributeKind},
    {AttributeKind, 5, TensorKind},
    {AttributeKind, 6, Graph},
    {AttributeKind, 10, TensorKind},
    {AttributeKind, 11, Graph},
    {AttributeKind, 14, Type},
    {AttributeKind, 15, Type},
    {AttributeKind, 22, Sparse},
    {AttributeKind, 23, Sparse},
    {TensorKind, 3, SegmentKind},
    {TensorKind, 13, Pair},
    {FunctionKind, 7, NodeKind},
    {FunctionKind, 9, Opset},
    {ValueInfo, 2, Type},
    {Type, 1, TypeTensor},
    {Type, 4, TypeInner},
    {Type, 5, TypeInner},
    {Type, 8, TypeTensor},
    {Type, 9, TypeInner},
    {TypeTensor, 2, ShapeKind},
    {TypeInner, 1, Type},
    {TypeInner, 2, Type},
    {ShapeKind, 1, DimKind},
    {Sparse, 1, TensorKind},
    {Sparse, 2, TensorKind},
    {Training, 1, Graph},
    {Training, 2, Graph},
    {Training, 3, Pair},
    {Training, 4, Pair},
    {Annotation, 2, Pair},
};

std::array<std::array<std::int8_t, 32>, KindCount> childTable()
{
    std::array<std::array<std::int8_t, 32>, KindCount> table{};
    for (auto& row : table)
        row.fill(-1);
    for (const Child& child : children)
        table[child.parent][child.field] = static_cast<std::int8_t>(child.kind);
    return table;
}

struct Level {
    Kind kind;
    std::size_t end;
};

class Walk {
public:
    Walk(std::string_view bytes, const ReadLimits& limits)
        : m_bytes(bytes)
        , m_limits(limits)
    {}

    Result<void> run(Kind root)
    {
        static const auto table = childTable();
        m_stack.push_back({root, m_bytes.size()});
        while (!m_stack.empty()) {
            if (m_at == m_stack.back().end) {
                if (m_stack.back().kind == Graph)
                    --m_regionDepth;
                m_stack.pop_back();
                continue;
            }
            std::size_t start = m_at;
            std::size_t end = m_stack.back().end;
            auto tag = varint(end);
            if (!tag)
                return damaged(start, "a tag that is cut off or longer than 10 bytes");
            std::uint64_t field = *tag >> 3;
            if (field == 0 || field > (1u << 29) - 1)
                return damaged(start, fmt::format("field number {}", field));
            switch (*tag & 7) {
            case 0:
                if (!varint(end))
                    return damaged(start, fmt::format("a number in field {} that is cut off", field));
                break;
            case 1:
            case 5: {
                std::size_t size = (*tag & 7) == 1 ? 8 : 4;
                if (end - m_at < size)
                    return damaged(start, fmt::format("field {} that is cut off", field));
                m_at += size;
                break;
            }
            case 2: {
                auto length = varint(end);
                if (!length || *length > end - m_at)
                    return damaged(start, fmt::format("field {} of {} bytes where only {} are left", field,
                                                      length ? std::to_string(*length) : "?", end - m_at));
                auto child = field < 32 ? table[m_stack.back().kind][field] : std::int8_t(-1);
                if (child < 0) {
                    m_at += static_cast<std::size_t>(*length);
                    break;
                }
                TRY(enter(static_cast<Kind>(child), static_cast<std::size_t>(*length), start));
                break;
            }
            default:
                return damaged(start, fmt::format("wire type {} in field {}", *tag & 7, field));
            }
        }
        return {};
    }

private:
    std::optional<std::uint64_t> varint(std::size_t end)
    {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 70; shift += 7) {
            if (m_at >= end)
                return std::nullopt;
            auto byte = static_cast<std::uint8_t>(m_bytes[m_at++]);
            if (shift < 64)
                value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if ((byte & 0x80) == 0)
                return value;
        }
        return std::nullopt;
    }

    Result<void> enter(Kind kind, std::size_t length, std::size_t start)
    {
        m_stack.push_back({kind, m_at + length});
        if (kind == Graph && ++m_regionDepth > m_limits.regionDepth + 1)
            return tooMuch(start, fmt::format("subgraphs nested deeper than {}", m_limits.regionDepth));
        if (static_cast<int>(m_stack.size()) > m_limits.messageDepth)
            return tooMuch(start, fmt::format("messages nested deeper than {}", m_limits.messageDepth));
        if (++m_counts[kind] > limitOf(kind))
            return tooMuch(start, fmt::format("more than {} {}s", limitOf(kind), kindNames[kind]));
        if (++m_messages > m_limits.messages)
            return tooMuch(start, fmt::format("more than {} messages", m_limits.messages));
        return {};
    }

    std::int64_t limitOf(Kind kind) const
    {
        switch (kind) {
        case NodeKind:
            return m_limits.nodes;
        case AttributeKind:
            return m_limits.attributes;
        case FunctionKind:
            return m_limits.functions;
        case Graph:
            return m_limits.regions;
        default:
            return m_limits.messages;
        }
    }

    std::string path() const
    {
        std::string text;
        std::size_t shown = 0;
        for (const Level& level : m_stack) {
            if (++shown > 6)
                return text + " > …";
            text += (text.empty() ? "" : " > ") + std::string(kindNames[level.kind]);
        }
        return text;
    }

    Error damaged(std::size_t offset, const std::string& found) const
    {
        return Error{ErrorCode::BadFile,
                     fmt::format("the file is damaged or cut off: expected an ONNX field in {}, found {}",
                                 path(), found),
                     fmt::format("byte {}", offset)};
    }

    Error tooMuch(std::size_t offset, const std::string& what) const
    {
        return Error{ErrorCode::LimitReached, "the file has " + what + "; it is not read",
                     fmt::format("byte {}", offset)};
    }

    std::string_view m_bytes;
    const ReadLimits& m_limits;
    std::size_t m_at = 0;
    int m_regionDepth = 0;
    std::int64_t m_messages = 0;
    std::array<std::int64_t, KindCount> m_counts{};
    std::vector<Level> m_stack;
};

} // namespace

Result<void> checkWire(std::string_view bytes, const ReadLimits& limits, WireRoot root)
{
    return Walk(bytes, limits).run(root == WireRoot::Model ? Model : TensorKind);
}

} // namespace orrery::formats
