"""What to do first under budgets, crews and rules: portfolios, schedules, how sure they are."""
