# Expected figures for the resident survey: R `survey`, one design a wave, post-stratified to district totals.
# Run in this folder: Rscript make.R
library(survey)
options(digits = 17, survey.lonely.psu = "fail")

responses <- read.csv("responses.csv", colClasses = "character")
items <- read.csv("items.csv")$item
totals <- c("1" = 84682, "2" = 84682, "3" = 84682, "4" = 84682, "5" = 84682, "6" = 84680)
number <- function(x) formatC(x, digits = 17, format = "g")
rows <- character(0)

for (wave in sort(unique(responses$wave))) {
  part <- responses[responses$wave == wave, ]
  answered <- table(part$district)
  part$w <- as.numeric(totals[part$district] / answered[part$district])
  design <- svydesign(ids = ~1, strata = ~district, weights = ~w, data = part)
  register <- data.frame(district = names(totals), Freq = as.numeric(totals))
  design <- postStratify(design, ~district, register)
  for (item in items) for (district in c(names(totals), "all")) {
    answer <- design$variables[[item]]
    design$variables$satisfied <- as.numeric(answer %in% c("4", "5"))
    inside <- answer %in% as.character(1:5) & (district == "all" | design$variables$district == district)
    domain <- subset(design, inside)
    mean <- svymean(~satisfied, domain)
    rows <- c(rows, sprintf(
      '{"wave": "%s", "district": "%s", "item": "%s", "n": %d, "estimate": %s, "se": %s, "df": %d}',
      wave, district, item, sum(inside), number(coef(mean)), number(SE(mean)), degf(domain)))
  }
}
writeLines(c("[", paste(rows, collapse = ",\n"), "]"), "expected.json")
