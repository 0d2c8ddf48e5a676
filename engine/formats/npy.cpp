// SPDX-License-Identifier: Apache-2.0
//
// The .npy format, versions 1 to 3: "\x93NUMPY", two version bytes, the header's length (2 or 4 bytes), and
// the header: a Python dict literal with descr, fortran_order and shape. The elements follow. Big-endian and
// column-major arrays are converted; unicode strings ('<U7': 7 code points of 4 bytes) become UTF-8.
#include "engine/base/checked_math.h"
#include "engine/base/text.h"
#include "engine/formats/tensor_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace orrery::formats {
namespace {

using graph::DataType;
using graph::Dims;
using graph::Tensor;

struct TypeCode {
    DataType type;
    std::string_view code;
};

constexpr TypeCode typeCodes[] = {
    {DataType::Float16, "f2"},   {DataType::Float32, "f4"},     {DataType::Float64, "f8"},
    {DataType::Int8, "i1"},      {DataType::Int16, "i2"},       {DataType::Int32, "i4"},
    {DataType::Int64, "i8"},     {DataType::UInt8, "u1"},       {DataType::UInt16, "u2"},
    {DataType::UInt32, "u4"},    {DataType::UInt64, "u8"},      {DataType::Bool, "b1"},
    {DataType::Complex64, "c8"}, {DataType::Complex128, "c16"},
};

struct Header {
    std::string descr;
    bool columnMajor = false;
    Dims dims;
};

Error bad(const std::string& text) { return Error{ErrorCode::BadFile, "NumPy array: " + text, {}}; }

// Reads just the dict that NumPy writes; nothing is evaluated.
class HeaderParser {
public:
    explicit HeaderParser(std::string_view text)
        : m_text(text)
    {}

    Result<Header> parse()
    {
        Header header;
        bool descr = false, order = false, shape = false;
        if (!matches('{'))
            return unexpected("{");
        while (!matches('}')) {
            auto key = quoted();
            if (!key || !matches(':'))
                return unexpected("a quoted key");
            if (*key == "descr") {
                auto text = quoted();
                if (!text && m_text.starts_with('['))
                    return Error{ErrorCode::Unsupported, "NumPy array: structured types cannot be read", {}};
                if (!text)
                    return unexpected("a quoted type");
                header.descr = *text;
                descr = true;
            } else if (*key == "fortran_order") {
                if (!word("True") && !word("False"))
                    return unexpected("True or False");
                header.columnMajor = m_last == "True";
                order = true;
            } else if (*key == "shape") {
                header.dims = TRY(tuple());
                shape = true;
            } else {
                return bad(fmt::format("unknown header key \"{}\"", displayText(*key, 80)));
            }
            matches(',');
        }
        if (!descr || !order || !shape)
            return bad("expected descr, fortran_order and shape in its header");
        return header;
    }

private:
    void skipSpace()
    {
        while (!m_text.empty() && (m_text.front() == ' ' || m_text.front() == '\n'))
            m_text.remove_prefix(1);
    }
    bool matches(char c)
    {
        skipSpace();
        if (!m_text.starts_with(c))
            return false;
        m_text.remove_prefix(1);
        return true;
    }
    bool word(std::string_view wanted)
    {
        skipSpace();
        if (!m_text.starts_with(wanted))
            return false;
        m_last = wanted;
        m_text.remove_prefix(wanted.size());
        return true;
    }
    std::optional<std::string> quoted()
    {
        skipSpace();
        char quote = m_text.empty() ? '\0' : m_text.front();
        auto end = quote == '\'' || quote == '"' ? m_text.find(quote, 1) : std::string_view::npos;
        if (end == std::string_view::npos)
            return std::nullopt;
        std::string text(m_text.substr(1, end - 1));
        m_text.remove_prefix(end + 1);
        return text;
    }
    Result<Dims> tuple()
    {
        Dims dims;
        if (!matches('('))
            return unexpected("(");
        while (!matches(')')) {
            skipSpace();
            std::int64_t dim = -1;
            auto [end, failed] = std::from_chars(m_text.data(), m_text.data() + m_text.size(), dim);
            if (failed != std::errc() || dim < 0)
                return unexpected("a dim");
            if (dims.size() >= 1000)
                return bad("more than 1000 dims");
            m_text.remove_prefix(static_cast<std::size_t>(end - m_text.data()));
            dims.push_back(dim);
            if (!matches(',') && !m_text.starts_with(')'))
                return unexpected(", or )");
        }
        return dims;
    }
    Error unexpected(const std::string& expected) const
    {
        return bad(fmt::format("expected {} in its header, found \"{}\"", expected,
                               displayText(m_text.substr(0, 24), 80)));
    }

    std::string_view m_text;
    std::string_view m_last;
};

void swapBytes(std::byte* data, std::size_t size, std::size_t unit)
{
    for (std::size_t i = 0; i + unit <= size; i += unit)
        std::reverse(data + i, data + i + unit);
}

// Row-major index of each element of a column-major array.
void fromColumnMajor(const char* in, std::byte* out, const Dims& dims, std::size_t unit, std::size_t count)
{
    std::vector<std::size_t> strides(dims.size(), unit);
    for (std::size_t i = dims.size(); i-- > 1;)
        strides[i - 1] = strides[i] * static_cast<std::size_t>(dims[i]);
    Dims index(dims.size(), 0);
    std::size_t target = 0;
    for (std::size_t n = 0; n < count; ++n) {
        std::memcpy(out + target, in + n * unit, unit);
        for (std::size_t axis = 0; axis < dims.size(); ++axis) {
            target += strides[axis];
            if (++index[axis] < dims[axis])
                break;
            target -= strides[axis] * static_cast<std::size_t>(dims[axis]);
            index[axis] = 0;
        }
    }
}

void appendUtf8(std::string& out, std::uint32_t c)
{
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
        c = 0xfffd;
    if (c < 0x80) {
        out += static_cast<char>(c);
        return;
    }
    int extra = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    constexpr unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(lead[extra] | (c >> (6 * extra)));
    while (extra-- > 0)
        out += static_cast<char>(0x80 | ((c >> (6 * extra)) & 0x3f));
}

Result<Tensor> stringsFrom(std::string_view data, const Header& header, std::int64_t count)
{
    std::int64_t length = -1;
    const char* end = header.descr.data() + header.descr.size();
    auto [stop, failed] = std::from_chars(header.descr.data() + 2, end, length);
    auto bytes =
        failed == std::errc() && stop == end && length >= 0 ? checkedMul(length * 4, count) : std::nullopt;
    if (length > (1 << 24) || !bytes || static_cast<std::uint64_t>(*bytes) != data.size() || length == 0)
        return bad(fmt::format("expected {} strings of type \"{}\", found {} bytes", count,
                               displayText(header.descr, 40), data.size()));
    if (header.columnMajor || header.descr[0] == '>')
        return Error{ErrorCode::Unsupported, "NumPy array: strings in this order cannot be read", {}};
    std::vector<std::string> strings(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < strings.size(); ++i)
        for (std::size_t k = 0; k < static_cast<std::size_t>(length); ++k) {
            std::uint32_t c = 0;
            std::memcpy(&c, data.data() + (i * static_cast<std::size_t>(length) + k) * 4, 4);
            if (c == 0)
                break;
            appendUtf8(strings[i], c);
        }
    return Tensor::ofStrings(header.dims, std::move(strings));
}

// Code points of UTF-8; what is no UTF-8 becomes U+FFFD.
std::vector<std::uint32_t> codePoints(std::string_view text)
{
    std::vector<std::uint32_t> points;
    for (std::size_t i = 0; i < text.size();) {
        auto lead = static_cast<unsigned char>(text[i++]);
        int extra = lead < 0x80         ? 0
                    : (lead >> 5) == 6  ? 1
                    : (lead >> 4) == 14 ? 2
                    : (lead >> 3) == 30 ? 3
                                        : -1;
        std::uint32_t c = extra <= 0 ? lead : lead & (0x3fu >> extra);
        for (int k = 0; k < extra && extra > 0; ++k) {
            if (i >= text.size() || (static_cast<unsigned char>(text[i]) >> 6) != 2) {
                extra = -1;
                break;
            }
            c = (c << 6) | (static_cast<unsigned char>(text[i++]) & 0x3f);
        }
        points.push_back(extra < 0 ? 0xfffd : c);
    }
    return points;
}

std::string header(const std::string& descr, const Dims& dims)
{
    std::string shape;
    for (std::int64_t dim : dims)
        shape += fmt::format("{}{}", shape.empty() ? "" : ", ", dim);
    if (dims.size() == 1)
        shape += ",";
    std::string dict =
        fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
    bool large = dict.size() > 60'000;
    std::size_t fixed = large ? 12 : 10;
    dict.append(63 - (fixed + dict.size()) % 64, ' ');
    dict += '\n';
    std::string out = "\x93NUMPY";
    out += large ? '\x02' : '\x01';
    out += '\0';
    for (std::size_t i = 0; i < fixed - 8; ++i)
        out += static_cast<char>((dict.size() >> (8 * i)) & 0xff);
    return out + dict;
}

} // namespace

Result<Tensor> tensorFromNpy(std::string_view bytes)
{
    if (bytes.size() < 10 || !bytes.starts_with("\x93NUMPY"))
        return bad("the file is cut off before its header");
    auto byteAt = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
    };
    std::size_t major = byteAt(6);
    if (major < 1 || major > 3)
        return Error{ErrorCode::Unsupported, fmt::format("NumPy array: version {} is not known", major), {}};
    std::size_t start = major == 1 ? 10 : 12;
    if (bytes.size() < start)
        return bad("the file is cut off before its header");
    std::size_t length = byteAt(8) | byteAt(9) << 8;
    if (major > 1)
        length |= byteAt(10) << 16 | byteAt(11) << 24;
    if (length > (1 << 20) || length > bytes.size() - start)
        return bad(fmt::format("its header of {} bytes is cut off", length));
    Header head = TRY(HeaderParser(bytes.substr(start, length)).parse());
    std::string_view data = bytes.substr(start + length);
    auto count = checkedElementCount(head.dims);
    if (!count)
        return bad("its shape overflows");
    if (head.descr.size() >= 2 && head.descr[1] == 'U')
        return stringsFrom(data, head, *count);

    std::string_view code = head.descr;
    char order = code.empty() ? '?' : code.front();
    if (order == '<' || order == '>' || order == '|' || order == '=')
        code.remove_prefix(1);
    auto found = std::find_if(std::begin(typeCodes), std::end(typeCodes),
                              [&](const TypeCode& t) { return t.code == code; });
    if (found == std::end(typeCodes))
        return Error{ErrorCode::Unsupported,
                     fmt::format("NumPy array: element type \"{}\" cannot be read{}",
                                 displayText(head.descr, 40),
                                 code == "O" ? " (pickled objects may run code)" : ""),
                     {}};
    auto size = graph::byteSizeOf(found->type, head.dims);
    if (!size || *size != data.size())
        return bad(fmt::format("it declares {} {} elements ({}), the file holds {} bytes of them", *count,
                               graph::name(found->type), displayText(graph::dimsText(head.dims), 200),
                               data.size()));
    Tensor tensor = TRY(Tensor::allocate(found->type, head.dims));
    std::size_t unit = graph::elementBytes(found->type);
    if (head.columnMajor && head.dims.size() > 1)
        fromColumnMajor(data.data(), tensor.mutableBytes(), head.dims, unit,
                        static_cast<std::size_t>(*count));
    else
        std::memcpy(tensor.mutableBytes(), data.data(), data.size());
    if (order == '>')
        swapBytes(tensor.mutableBytes(), *size, code.front() == 'c' ? unit / 2 : unit);
    return tensor;
}

Result<std::string> npyFromTensor(const Tensor& tensor)
{
    if (tensor.type() == DataType::String) {
        std::vector<std::vector<std::uint32_t>> texts;
        std::size_t length = 1;
        for (const std::string& text : tensor.strings()) {
            texts.push_back(codePoints(text));
            length = std::max(length, texts.back().size());
        }
        if (length > (std::size_t(1) << 32) / std::max<std::size_t>(texts.size(), 1))
            return Error{ErrorCode::LimitReached,
                         "as a NumPy array of equally long strings it would be too large",
                         {}};
        std::string out = header(fmt::format("<U{}", length), tensor.dims());
        for (auto& points : texts) {
            points.resize(length, 0);
            out.append(reinterpret_cast<const char*>(points.data()), points.size() * 4);
        }
        return out;
    }
    auto found = std::find_if(std::begin(typeCodes), std::end(typeCodes),
                              [&](const TypeCode& t) { return t.type == tensor.type(); });
    if (found == std::end(typeCodes))
        return Error{
            ErrorCode::Unsupported,
            fmt::format("NumPy has no element type {}; write a .pb file", graph::name(tensor.type())),
            {}};
    if (tensor.bytes() == nullptr && tensor.byteSize() > 0)
        return Error{ErrorCode::Unsupported, "the tensor's bytes were not loaded", {}};
    bool single = graph::elementBytes(tensor.type()) == 1;
    std::string out = header((single ? "|" : "<") + std::string(found->code), tensor.dims());
    if (tensor.byteSize() > 0)
        out.append(reinterpret_cast<const char*>(tensor.bytes()), tensor.byteSize());
    return out;
}

} // namespace orrery::formats
