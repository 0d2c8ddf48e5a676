// SPDX-License-Identifier: Apache-2.0
#include "views/panels/op_doc_text.h"

#include "engine/base/text.h"
#include "views/models/tables.h"

#include <QCoreApplication>

namespace orrery::panels {

using models::shown;

QString plainDoc(const std::string& markdown)
{
    QString text = QString::fromStdString(displayText(markdown, 1 << 16)).replace("\\n", "\n");
    text.remove('`').replace("**", "");
    QString result;
    for (const QString& paragraph : text.split("\n\n", Qt::SkipEmptyParts))
        result += (result.isEmpty() ? "" : "\n\n") + paragraph.simplified();
    return result;
}

QString firstSentence(const QString& text)
{
    const qsizetype end = text.indexOf(". ");
    const QString first = end < 0 ? text : text.left(end + 1);
    return first.size() <= 140 ? first : first.left(first.lastIndexOf(' ', 138)) + " …";
}

std::optional<formats::OpDoc> docOf(const document::Document& document, const graph::Node& node)
{
    const std::string_view type = node.opType;
    const bool isFused = node.domain == "orrery" && type.starts_with("Fused");
    constexpr std::int64_t newest = 1 << 20;
    std::int64_t version = newest;
    if (document.model())
        version =
            isFused ? document.model()->model->opsetVersion("") : document.model()->model->opsetVersion(node);
    return isFused ? formats::opDoc("", type.substr(5), version) : formats::opDoc(node.domain, type, version);
}

const formats::OpParameter* parameter(const std::vector<formats::OpParameter>& parameters, std::size_t i)
{
    if (i < parameters.size())
        return &parameters[i];
    const bool isVariadic =
        !parameters.empty() && parameters.back().count == formats::ParameterCount::Variadic;
    return isVariadic ? &parameters.back() : nullptr;
}

QString parameterName(const formats::OpParameter* parameter, std::size_t i, const std::string& fallback)
{
    if (parameter == nullptr)
        return QString::fromStdString(fallback);
    const bool isVariadic = parameter->count == formats::ParameterCount::Variadic;
    return shown(parameter->name) + (isVariadic ? QString(" %1").arg(i) : QString());
}

QString parameterTip(const formats::OpParameter* parameter)
{
    return parameter ? shown(parameter->types) + "\n" + plainDoc(parameter->doc) : QString();
}

QString attributeTip(const formats::OpAttributeDoc& attribute)
{
    QString text = shown(attribute.type);
    if (!attribute.defaultText.empty())
        text += QCoreApplication::translate("opDoc", ", default %1").arg(shown(attribute.defaultText));
    return text + "\n" + plainDoc(attribute.doc);
}

} // namespace orrery::panels
