# Expected figures for the opt_in variance with a_c = 1: R `survey` postStratify.
# Random answers of four units; cells cross months (strata) and dates (PSUs); blanks; domains that cross cells.
# Run in this folder: Rscript make.R.  Writes responses.csv, register.csv and expected.json.
library(survey)
options(digits = 17, survey.lonely.psu = "fail")
set.seed(20261122)

n <- 900
r <- data.frame(
  unit = sample(c("U1", "U2", "U3", "U4"), n, TRUE, c(.4, .3, .2, .1)),
  service = sample(c("S1", "S2", "S3"), n, TRUE, c(.6, .3, .1)),
  month = sample(c("2026-01", "2026-02", "2026-03"), n, TRUE),
  day = sample(1:12, n, TRUE),
  mode = sample(c("kiosk", "receipt"), n, TRUE, c(.7, .3)),
  age = sample(c("young", "middle", "old"), n, TRUE))
r$date <- sprintf("%s-%02d", r$month, r$day)
bad_day <- (r$day %% 5) == 0
good <- plogis(1.2 - 0.9 * (r$service == "S3") - 0.8 * bad_day + 0.4 * (r$unit == "U1") + 0.3 * (r$age == "old"))
level <- function(p) ifelse(runif(n) < p, sample(4:5, n, TRUE), sample(1:3, n, TRUE))
r$q1 <- level(good)
r$q2 <- level(plogis(qlogis(good) + 0.5))
r$q3 <- level(0.98)
r$q1[runif(n) < 0.08] <- 0
r$q2[r$service == "S3" & runif(n) < 0.5] <- 0   # blanks gather in the worst service
r$q2[runif(n) < 0.05] <- -1
r$q3[r$unit == "U2"] <- 5                       # everybody satisfied somewhere
# weighting cells by hand: unit x service, except that the smallest unit is one cell
r$cell <- ifelse(r$unit == "U4", "U4", paste(r$unit, r$service))
r <- r[order(r$unit, r$date, r$service), ]
write.csv(r[c("unit", "service", "date", "mode", "age", "cell", "q1", "q2", "q3")], "responses.csv",
          row.names = FALSE, quote = FALSE)
cells <- sort(unique(r$cell))
register <- data.frame(cell = cells, Freq = sample(100:3000, length(cells)))
write.csv(register, "register.csv", row.names = FALSE, quote = FALSE)

r$stratum <- paste(r$unit, r$month)
r$psu <- paste(r$unit, r$date)
r$one <- 1
design <- svydesign(ids = ~psu, strata = ~stratum, weights = ~one, data = r)
design <- postStratify(design, ~cell, register)
# every response its own PSU, unit as stratum
element <- svydesign(ids = ~1, strata = ~unit, weights = ~one, data = r)
element <- postStratify(element, ~cell, register)

number <- function(x) ifelse(is.finite(x), formatC(x, digits = 17, format = "g"), "null")
rows <- character(0)
record <- function(kind, d, by, domain, measure, value, inside) {
  d$variables$value <- value
  part <- subset(d, inside)
  m <- svymean(~value, part)
  rows <<- c(rows, sprintf(paste0('{"variance": "%s", "by": "%s", "domain": "%s", "measure": "%s", "n": %d, ',
    '"estimate": %s, "se": %s, "df": %d, "sum_weights": %s}'),
    kind, by, domain, measure, sum(inside), number(coef(m)), number(SE(m)), degf(part), number(sum(weights(part, "sampling")))))
}
groups <- list(all = rep("all", n), unit = r$unit, service = r$service, mode = r$mode, age = r$age,
               `unit,service` = paste(r$unit, r$service, sep = "|"), `unit,age` = paste(r$unit, r$age, sep = "|"),
               date = r$date)
for (kind in c("psu", "element")) {
  d <- if (kind == "psu") design else element
  for (by in names(groups)) for (domain in sort(unique(groups[[by]]))) {
    here <- groups[[by]] == domain
    for (item in c("q1", "q2", "q3")) {
      x <- r[[item]]
      record(kind, d, by, domain, paste0("satisfied_share:", item), as.numeric(x >= 4), here & x >= 1)
    }
    record(kind, d, by, domain, "mean_score:q1", r$q1, here & r$q1 >= 1)
    record(kind, d, by, domain, "level_share:q1=3", as.numeric(r$q1 == 3), here & r$q1 >= 1)
  }
}

# indices and covariances, PSU variance
answered <- function(x) as.numeric(x >= 1)
satisfied <- function(x) as.numeric(x >= 4)
design$variables$sat <- satisfied(r$q1) + satisfied(r$q2) + satisfied(r$q3)
design$variables$ans <- answered(r$q1) + answered(r$q2) + answered(r$q3)
for (k in 1:3) {
  design$variables[[paste0("s", k)]] <- satisfied(r[[paste0("q", k)]])
  design$variables[[paste0("a", k)]] <- answered(r[[paste0("q", k)]])
}
index <- character(0)
for (name in c("U1", "U2", "U3", "U4", "all")) {
  part <- if (name == "all") design else subset(design, unit == name)
  pooled <- svyratio(~sat, ~ans, part)
  totals <- svytotal(~s1 + s2 + s3 + a1 + a2 + a3, part)
  equal <- svycontrast(totals, quote((s1 / a1 + s2 / a2 + s3 / a3) / 3))
  weighted <- svycontrast(totals, quote(0.5 * s1 / a1 + 0.3 * s2 / a2 + 0.2 * s3 / a3))
  index <- c(index, sprintf(
    '{"unit": "%s", "pooled": [%s, %s], "equal": [%s, %s], "weighted": [%s, %s]}', name,
    number(coef(pooled)), number(SE(pooled)), number(coef(equal)), number(SE(equal)),
    number(coef(weighted)), number(SE(weighted))))
}
for (u in sort(unique(r$unit))) {
  inside <- as.numeric(r$unit == u)
  design$variables[[paste0("s_", u)]] <- inside * satisfied(r$q1)
  design$variables[[paste0("a_", u)]] <- inside * answered(r$q1)
}
for (m in c("kiosk", "receipt")) {
  inside <- as.numeric(r$mode == m)
  design$variables[[paste0("s_", m)]] <- inside * satisfied(r$q1)
  design$variables[[paste0("a_", m)]] <- inside * answered(r$q1)
}
totals <- svytotal(~s1 + a1 + s_U1 + a_U1 + s_U4 + a_U4 + s_kiosk + a_kiosk + s_receipt + a_receipt, design)
covariances <- c(
  U1_all = vcov(svycontrast(totals, list(a = quote(s_U1 / a_U1), b = quote(s1 / a1))))[1, 2],
  U4_all = vcov(svycontrast(totals, list(a = quote(s_U4 / a_U4), b = quote(s1 / a1))))[1, 2],
  kiosk_receipt = vcov(svycontrast(totals, list(a = quote(s_kiosk / a_kiosk), b = quote(s_receipt / a_receipt))))[1, 2],
  U1_U4 = vcov(svycontrast(totals, list(a = quote(s_U1 / a_U1), b = quote(s_U4 / a_U4))))[1, 2])
pairs <- sprintf('"%s": %s', names(covariances), number(covariances))
writeLines(c('{"shares": [', paste(rows, collapse = ",\n"), '],', '"indices": [', paste(index, collapse = ",\n"), '],',
             '"covariances": {', paste(pairs, collapse = ", "), "}}"), "expected.json")
