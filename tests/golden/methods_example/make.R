# The worked example of docs/methods.md, computed by R: survey::postStratify for the estimate and for the
# standard error without leverage, plain R for the recipe's leverage, n* and Jeffreys limits.
# Rscript make.R, in this folder; writes expected.json.
suppressMessages(library(survey))
counts <- read.csv("counts.csv")
register <- read.csv("register.csv")
rows <- counts[rep(seq_len(nrow(counts)), counts$answers), c("date", "service")]
rows$y <- unlist(Map(function(n, s) rep(c(1, 0), c(s, n - s)), counts$answers, counts$satisfied))
names(register)[names(register) == "dossiers"] <- "Freq"
plain <- svydesign(ids = ~date, strata = NULL, weights = ~1, data = cbind(rows, one = 1))
weighted <- postStratify(plain, ~service, register)
found <- svymean(~y, weighted)

n <- tapply(rows$y, rows$service, length)
g <- setNames(register$Freq, register$service)[names(n)] / n
W <- sum(g * n)
p <- sum(g * tapply(rows$y, rows$service, sum)) / W
e <- tapply(rows$y - p, rows$service, mean)
a <- sqrt(n / (n - 1))
u <- with(rows, (a * g)[service] * (y - p - e[service]) / W)
T <- tapply(u, rows$date, sum)
m <- length(T)
V <- m / (m - 1) * sum((T - mean(T))^2)
kish <- sum(g * n)^2 / sum(g^2 * n)
effective <- p * (1 - p) / V
ratio <- (qt(.975, sum(n) - 1) / qt(.975, m - 1))^2
star <- min(effective, kish) * ratio
result <- c(estimate = p, se = sqrt(V), n_effective = effective, n_kish = kish, n_star = star,
            low = qbeta(.025, star * p + .5, star * (1 - p) + .5),
            high = qbeta(.975, star * p + .5, star * (1 - p) + .5),
            survey_estimate = coef(found)[[1]], survey_se = SE(found)[[1]], df = degf(weighted))
writeLines(c("{", paste0('  "', names(result), '": ', format(result, digits = 17), c(rep(",", 9), "")), "}"),
           "expected.json")
