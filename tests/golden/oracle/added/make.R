# Cases added where the oracle's 42 are thin, computed by R `survey`.  Run in this folder: Rscript make.R.
# Writes mixed.csv (random answers; the other inputs are the oracle's) and added.json: for every case the
# design and task of a SPEC, and the figures of R for rows picked by their keys.
suppressMessages(library(survey))
options(digits = 17, survey.lonely.psu = "fail")
set.seed(20261123)
source_of <- function(name) read.csv(file.path("..", "inputs", name), colClasses = c(cds = "character")[0], check.names = FALSE)

# a file with two stages inside strata, unequal weights, blanks, an empty corner of a table
n <- 600
m <- data.frame(region = sample(c("north", "south", "centre"), n, TRUE, c(.5, .3, .2)))
m$ward <- sample(1:8, n, TRUE)                       # codes start again in every region
m$day <- sample(1:5, n, TRUE)                        # second stage, starts again in every ward
m$wards <- c(north = 40, south = 25, centre = 8)[m$region]
m$days <- 22
m$w <- round(exp(rnorm(n, 3, 0.6)), 3)
m$age <- sample(c("young", "middle", "old"), n, TRUE, c(.3, .5, .2))
m$sex <- sample(c("F", "M"), n, TRUE)
m$mode <- sample(c("kiosk", "paper", "phone"), n, TRUE, c(.5, .3, .2))
m$mode[m$age == "old" & m$mode == "kiosk"] <- "paper"
lift <- 0.5 * (m$region == "north") - 0.4 * (m$ward %% 3 == 0) + 0.3 * (m$age == "old") - 0.5 * (m$mode == "phone")
m$score <- pmin(5, pmax(1, round(3.7 + lift + rnorm(n, 0, 1))))
m$good <- as.numeric(m$score >= 4)
m$wait <- round(rexp(n, 1 / 20) * (1 + 0.5 * (m$good == 0)), 1)
m$visits <- 1 + rpois(n, 1)
m$score[runif(n) < 0.07] <- NA
m$good[is.na(m$score)] <- NA
write.csv(m, "mixed.csv", row.names = FALSE, quote = FALSE, na = "")

cases <- character(0)
number <- function(x) ifelse(is.finite(x), formatC(as.numeric(x), digits = 17, format = "g"), "null")
# one figure: which row (JSON text), which field, the value of R, the tolerance
fig <- function(pick, field, value, rel = 1e-7)
  sprintf('{"pick": %s, "field": "%s", "value": [%s], "rel": %g}', pick, field, paste(number(value), collapse = ", "), rel)
case <- function(id, title, input, design, task, figures)
  cases <<- c(cases, sprintf('{"id": "%s", "title": "%s", "input": "%s",\n "design": %s,\n "task": %s,\n "figures": [\n  %s]}',
    id, title, input, design, task, paste(figures, collapse = ",\n  ")))
at <- function(...) { v <- list(...); sprintf("{%s}", paste(sprintf('"%s": "%s"', names(v), v), collapse = ", ")) }
both <- function(d, stat, name) c(fig(at(domain = d), "estimate", coef(stat), 1e-9), fig(at(domain = d), "se", SE(stat)))

two_stage <- svydesign(ids = ~ward + day, strata = ~region, nest = TRUE, weights = ~w, fpc = ~wards + days, data = m)
D2 <- '{"ids": ["ward", "day"], "strata": "region", "nest": true, "weights": "w", "fpc": ["wards", "days"]}'
ultimate <- svydesign(ids = ~ward, strata = ~region, nest = TRUE, weights = ~w, data = m)
D1 <- '{"ids": ["ward"], "strata": "region", "nest": true, "weights": "w"}'
levels_of <- function(x) sort(unique(as.character(x)))

# R01 two stages in strata, nested codes, blanks: shares by a domain that cuts everything
f <- c()
for (a in levels_of(m$age)) { s <- subset(two_stage, age == a & !is.na(good)); f <- c(f, both(a, svymean(~good, s)), fig(at(domain = a), "df", degf(s), 0)) }
case("R01", "two stages in strata with nested codes, a domain across both", "added/mixed.csv", D2, '{"op": "share", "y": "good", "by": [["age"]]}', f)

# R02 total and ratio by domain, with design effects
f <- c()
for (a in levels_of(m$mode)) { s <- subset(ultimate, mode == a); t <- svytotal(~wait, s, deff = "replace"); f <- c(f, both(a, t), fig(at(domain = a), "design_effect", deff(t))) }
case("R02", "totals by domain with the design effect", "added/mixed.csv", D1, '{"op": "total", "y": "wait", "by": [["mode"]]}', f)
f <- c()
for (a in levels_of(m$mode)) { s <- subset(ultimate, mode == a); r <- svyratio(~wait, ~visits, s); f <- c(f, fig(at(domain = a), "estimate", coef(r), 1e-9), fig(at(domain = a), "se", SE(r))) }
case("R03", "ratios by domain", "added/mixed.csv", D1, '{"op": "ratio", "y": "wait", "denominator": "visits", "by": [["mode"]]}', f)

# R04 quantiles by domain under other rules and another interval
f <- c()
for (a in levels_of(m$sex)) for (q in c(.25, .5, .9)) {
  s <- subset(ultimate, sex == a); x <- svyquantile(~wait, s, q, qrule = "school", interval.type = "xlogit")[[1]]
  f <- c(f, fig(sprintf('{"domain": "%s", "probability": %s}', a, q), "estimate", x[1, "quantile"], 1e-9),
            fig(sprintf('{"domain": "%s", "probability": %s}', a, q), "intervals.xlogit", x[1, 2:3], 1e-9)) }
case("R04", "quantiles by domain, rule school, interval through xlogit", "added/mixed.csv", D1,
     '{"op": "quantile", "y": "wait", "by": [["sex"]], "probabilities": [0.25, 0.5, 0.9], "qrule": "school", "intervals": ["xlogit"]}', f)
for (rule in c("hf4", "hf5", "hf6", "hf7", "hf8", "hf9")) {
  x <- svyquantile(~wait, ultimate, c(.1, .5, .8), qrule = rule)[[1]]
  f <- c(); for (i in 1:3) { p <- sprintf('{"probability": %s}', c(.1, .5, .8)[i]); f <- c(f, fig(p, "estimate", x[i, 1], 1e-9), fig(p, "intervals.woodruff", x[i, 2:3], 1e-9)) }
  case(paste0("R05", rule), paste("quantiles by rule", rule), "added/mixed.csv", D1,
       sprintf('{"op": "quantile", "y": "wait", "probabilities": [0.1, 0.5, 0.8], "qrule": "%s"}', rule), f) }

# R06 post-stratified over two crossed columns: mean, total and a domain
cells <- expand.grid(region = levels_of(m$region), sex = levels_of(m$sex)); cells$Freq <- c(4000, 9000, 6000, 5000, 9500, 6500)
ps <- postStratify(ultimate, ~region + sex, cells)
DP <- sub("}$", sprintf(', "poststratify": {"var": ["region", "sex"], "totals": [%s]}}',
  paste(sprintf('{"region": "%s", "sex": "%s", "Freq": %d}', cells$region, cells$sex, cells$Freq), collapse = ", ")), D1)
f <- c(); for (a in levels_of(m$age)) f <- c(f, both(a, svymean(~wait, subset(ps, age == a))))
case("R06", "post-stratified over two crossed columns, domain means", "added/mixed.csv", DP, '{"op": "mean", "y": "wait", "by": [["age"]]}', f)
f <- c(); for (a in levels_of(m$age)) f <- c(f, both(a, svytotal(~visits, subset(ps, age == a))))
case("R07", "post-stratified, domain totals", "added/mixed.csv", DP, '{"op": "total", "y": "visits", "by": [["age"]]}', f)

# R08 raked from unequal base weights to three margins
margins <- list(data.frame(region = c("centre", "north", "south"), Freq = c(8000, 20000, 12000)),
                data.frame(sex = c("F", "M"), Freq = c(21000, 19000)), data.frame(age = c("middle", "old", "young"), Freq = c(18000, 9000, 13000)))
rk <- rake(ultimate, list(~region, ~sex, ~age), margins, control = list(maxit = 200, epsilon = 1e-12))
DR <- sub("}$", ', "rake": {"region": {"centre": 8000, "north": 20000, "south": 12000}, "sex": {"F": 21000, "M": 19000}, "age": {"middle": 18000, "old": 9000, "young": 13000}}}', D1)
# R keeps the rows outside a raked subset with weight 0, and 0 times a blank is a blank: give them a value
rk <- update(rk, known = !is.na(good), filled = ifelse(is.na(good), 0, good))
f <- c(); for (a in levels_of(m$mode)) f <- c(f, both(a, svymean(~filled, subset(rk, mode == a & known))))
case("R08", "raked from unequal weights to three margins, domains with blanks", "added/mixed.csv", DR, '{"op": "share", "y": "good", "by": [["mode"]]}', f)

# R09 calibrated with an interaction, raking distance; R10 tight truncated bounds on a stratified sample
tot <- c(`(Intercept)` = 40000, sexM = 19000, visits = 82000, `sexM:visits` = 38500)
cal <- calibrate(ultimate, ~sex * visits, tot, calfun = "raking", epsilon = 1e-12, maxit = 200)
DC <- sub("}$", ', "calibrate": {"formula": "~sex*visits", "calfun": "raking", "totals": {"(Intercept)": 40000, "sexM": 19000, "visits": 82000, "sexM:visits": 38500}}}', D1)
f <- c(); for (a in levels_of(m$mode)) f <- c(f, both(a, svymean(~wait, subset(cal, mode == a))))
case("R09", "calibrated with an interaction, raking distance", "added/mixed.csv", DC, '{"op": "mean", "y": "wait", "by": [["mode"]]}', f)
strat <- source_of("apistrat.csv"); names(strat) <- make.names(names(strat))
ds <- svydesign(ids = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = strat)
lb <- calibrate(ds, ~stype + api99, c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069), bounds = c(0.93, 1.07), epsilon = 1e-12)
case("R10", "truncated linear with tight bounds on a stratified sample", "inputs/apistrat.csv",
  '{"strata": "stype", "weights": "pw", "fpc": "fpc", "calibrate": {"formula": "~stype+api99", "bounds": [0.93, 1.07], "totals": {"(Intercept)": 6194, "stypeH": 755, "stypeM": 1018, "api99": 3914069}}}',
  '{"op": "mean", "y": "api00"}', both("", svymean(~api00, lb)))

# R11 trimmed once, not strictly; R12 post-stratified and then raked
tr <- trimWeights(ultimate, lower = 8, upper = 50)
case("R11", "trimmed once", "added/mixed.csv", sub("}$", ', "trim": {"lower": 8, "upper": 50}}', D1), '{"op": "mean", "y": "wait"}', both("", svymean(~wait, tr)))
seq2 <- calibrate(ps, ~visits, c(`(Intercept)` = 40000, visits = 81000))
case("R12", "post-stratified, then calibrated", "added/mixed.csv", sub("}$", ', "calibrate": {"formula": "~visits", "totals": {"(Intercept)": 40000, "visits": 81000}}}', DP),
  '{"op": "mean", "y": "wait"}', both("", svymean(~wait, seq2)))

# R13 a general contrast of three domains; R14 the covariance of measures with different blanks
mm <- svyby(~wait, ~age, ultimate, svymean, covmat = TRUE)
ct <- svycontrast(mm, list(x = c(middle = 1, old = -0.5, young = -0.5)))
case("R13", "a contrast of three domains", "added/mixed.csv", D1,
  '{"op": "difference", "y": "wait", "measure": "mean", "by": [["age"]], "pairs": [{"middle": 1, "old": -0.5, "young": -0.5}]}',
  c(fig("{}", "estimate", coef(ct), 1e-9), fig("{}", "se", SE(ct))))
tt <- svytotal(~wait + visits, ultimate)
V <- vcov(tt)
case("R14", "covariance of two totals", "added/mixed.csv", D1, '{"op": "covariance", "y": ["wait", "visits"], "measure": "total"}',
  c(fig('{"matrix": 0, "row": 0}', "covariance", V[1, ]), fig('{"matrix": 0, "row": 1}', "covariance", V[2, ])))

# R15 three by three table with an empty corner and blanks, post-stratified
f <- c(); pp <- ps
for (s in c("F", "Chisq", "Wald", "adjWald")) {
  r <- svychisq(~age + mode, ps, statistic = s)
  f <- c(f, fig(at(test = s), "statistic", r$statistic, 1e-6), fig(at(test = s), "p_value", r$p.value, 1e-5)) }
case("R15", "a table with an empty cell, post-stratified", "added/mixed.csv", DP, '{"op": "association", "tables": [["age", "mode"]]}', f)

# R16 a model with an interaction and blanks on a post-stratified design; R17 linear with no constant
g <- svyglm(good ~ sex * visits + age, ps, family = quasibinomial)
terms <- names(coef(g)); f <- c()
for (k in terms) f <- c(f, fig(at(term = k), "estimate", coef(g)[k], 1e-6), fig(at(term = k), "se", SE(g)[k], 1e-5))
case("R16", "logistic with an interaction and blanks, post-stratified", "added/mixed.csv", DP, '{"op": "regression", "formula": "good ~ sex*visits + age"}', f)
g <- svyglm(wait ~ age + visits - 1, two_stage); f <- c()
for (k in names(coef(g))) f <- c(f, fig(at(term = k), "estimate", coef(g)[k], 1e-9), fig(at(term = k), "se", SE(g)[k], 1e-7))
case("R17", "linear without a constant, two stages", "added/mixed.csv", D2, '{"op": "regression", "formula": "wait ~ age + visits - 1", "family": "linear"}', f)

# R18 population counts and no weights; R19 sampling fractions; R20 the average policy where a domain misses strata
srs <- source_of("apisrs.csv"); de <- svydesign(ids = ~1, fpc = ~fpc, data = srs)
case("R18", "weights from the population counts", "inputs/apisrs.csv", '{"fpc": "fpc"}', '{"op": "total", "y": "enroll"}', both("", svytotal(~enroll, de)))
m$fraction <- c(north = .2, south = .32, centre = 1)[m$region]
fr <- svydesign(ids = ~ward, strata = ~region, nest = TRUE, weights = ~w, fpc = ~wards, data = m)
case("R19", "one stage with correction, a take-all region", "added/mixed.csv", '{"ids": "ward", "strata": "region", "nest": true, "weights": "w", "fpc": "wards"}',
  '{"op": "mean", "y": "wait", "by": [["region"]]}', unlist(lapply(levels_of(m$region), function(a) both(a, svymean(~wait, subset(fr, region == a))))))

# R21 Fay replicates; R22 JKn with mse; R23 post-stratified jackknife: each replicate weighted again
rep_file <- function(rw, name) write.csv(data.frame(row = seq_len(nrow(rw)), rw), name, row.names = FALSE, quote = FALSE)
scd <- source_of("scd.csv")
fay <- as.svrepdesign(svydesign(ids = ~ambulance, strata = ~ESA, nest = TRUE, weights = ~w, data = scd), type = "Fay", fay.rho = 0.3)
rep_file(weights(fay, "analysis"), "fay.csv")
case("R21", "Fay half samples", "inputs/scd.csv", '{"weights": "w", "replicate_weights": "added/fay.csv", "type": "Fay", "rho": 0.3}',
  '{"op": "ratio", "y": "alive", "denominator": "arrests"}', { r <- svyratio(~alive, ~arrests, fay); c(fig("{}", "estimate", coef(r), 1e-9), fig("{}", "se", SE(r))) })
jk <- as.svrepdesign(ultimate, type = "JKn", mse = TRUE)
rep_file(weights(jk, "analysis"), "jkn.csv")
J <- sprintf('{"weights": "w", "replicate_weights": "added/jkn.csv", "scale": %s, "rscales": [%s], "mse": true}', number(jk$scale), paste(number(jk$rscales), collapse = ", "))
f <- c(); for (a in levels_of(m$mode)) { s <- subset(jk, mode == a & !is.na(good)); x <- svymean(~good, s); f <- c(f, both(a, x), fig(at(domain = a), "df", degf(s), 0)) }
case("R22", "stratified jackknife around the estimate, domains", "added/mixed.csv", J, '{"op": "share", "y": "good", "by": [["mode"]]}', f)
jp <- postStratify(jk, ~region + sex, cells)
JP <- sub("}$", sub("^.*(, \"poststratify\".*)$", "\\1", DP), J)
case("R23", "post-stratified jackknife: every replicate weighted again", "added/mixed.csv", JP, '{"op": "mean", "y": "wait"}', both("", svymean(~wait, jp)))
g <- svyglm(wait ~ visits + sex, jk); f <- c()
for (k in names(coef(g))) f <- c(f, fig(at(term = k), "estimate", coef(g)[k], 1e-9), fig(at(term = k), "se", SE(g)[k], 1e-6))
case("R24", "a model on replicate weights", "added/mixed.csv", J, '{"op": "regression", "formula": "wait ~ visits + sex"}', f)

# R25 lonely units in some strata: a domain that misses strata, average and adjust
lone <- source_of("lonely.csv")
for (p in c("average", "adjust")) {
  options(survey.lonely.psu = p); dl <- svydesign(ids = ~psu, strata = ~h, nest = TRUE, weights = ~w, data = lone); f <- c()
  lone$third <- (seq_len(nrow(lone)) %% 3) == 0
  few <- subset(dl, h <= 3)
  x <- svytotal(~sat, few)
  case(paste0("R25", p), paste("a domain of three strata, one of them lonely, policy", p), "inputs/lonely.csv",
    sprintf('{"ids": "psu", "strata": "h", "nest": true, "weights": "w", "lonely": "%s"}', p), '{"op": "total", "y": "sat", "by": [["h<=3"]]}', fig(at(domain = "1"), "se", SE(x)))
}
options(survey.lonely.psu = "fail")

# R26 levels of a distribution by domain, with covariance
x <- svymean(~factor(score), subset(ultimate, sex == "F" & !is.na(score))); V <- vcov(x)
case("R26", "distribution in a domain with its covariance", "added/mixed.csv", D1, '{"op": "distribution", "y": "score", "by": [["sex"]]}',
  unlist(lapply(1:5, function(i) fig(sprintf('{"matrix": 0, "row": %d}', i - 1), "covariance", V[i, ]))))
writeLines(c("[", paste(cases, collapse = ",\n"), "]"), "added.json")
