#pragma once

#include <string>

#include "plan/plan.hpp"

namespace rollcall::report {

/// GitLab's widget of a Terraform plan. It reads no number of more than six digits.
std::string widget(const plan::Totals& totals);

}  // namespace rollcall::report
