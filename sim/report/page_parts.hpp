// The files of sim/report/page, put into the program when it is built (cmake/embed_text.cmake).
#pragma once

#include <string_view>

namespace phasecore::report::page_parts {

extern const std::string_view page_html, style_css, echarts_js, script_js;

}  // namespace phasecore::report::page_parts
