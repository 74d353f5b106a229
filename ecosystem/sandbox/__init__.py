"""A stateful stand-in for api.weixin.qq.com and api.mch.weixin.qq.com."""
