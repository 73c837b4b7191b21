aws cloudwatch put-metric-alarm --alarm-name Slow \
  --namespace "Edge/Latency/core" --metric-name rtt --statistic Average --period 60 \
  --alarm-actions arn:aws:sns:eu-west-1:123456789012:pager

aws cloudwatch put-metric-alarm --alarm-name Broken \
  --namespace Edge/Errors --metric-name errors --dimensions Name=Host,Value=a --statistic Sum
